//! X's refusals, word for word as they were seen on the wire, in all of their shapes.

use serde_json::json;

use crate::reply::WireAnswer;

const PROBLEMS: &str = "https://api.twitter.com/2/problems";

pub(crate) fn too_long(text: &str) -> WireAnswer {
    let message = "Your Tweet text is too long. For more information on how Twitter determines \
                   text length see https://github.com/twitter/twitter-text.";
    invalid_request(message, "text", text)
}

pub(crate) fn invalid_media(id: &str) -> WireAnswer {
    invalid_request("Your media IDs are invalid.", "media.media_ids", id)
}

pub(crate) fn unknown_field(name: &str, value: &str) -> WireAnswer {
    let message = format!(
        "$.{name}: is not defined in the schema and the schema does not allow additional properties"
    );
    invalid_request(&message, name, value)
}

pub(crate) fn unknown_parameter(name: &str, value: &str) -> WireAnswer {
    let message = format!("The query parameter [{name}] is not one of the accepted parameters");
    invalid_request(&message, name, value)
}

/// 400 in the shape with `errors[]`.
pub(crate) fn invalid_request(message: &str, parameter: &str, value: &str) -> WireAnswer {
    WireAnswer::problem(
        400,
        &json!({
            "errors": [{ "parameters": { parameter: [value] }, "message": message }],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": format!("{PROBLEMS}/invalid-request"),
        }),
    )
}

pub(crate) fn unauthorized() -> WireAnswer {
    blank(401, "Unauthorized", "Unauthorized")
}

/// The legacy shape, for a timestamp outside the allowed skew.
pub(crate) fn bad_timestamp() -> WireAnswer {
    WireAnswer::json(
        401,
        &json!({ "errors": [{ "code": 135, "message": "Timestamp out of bounds." }] }),
    )
}

pub(crate) fn app_only_forbidden() -> WireAnswer {
    WireAnswer::problem(
        403,
        &json!({
            "title": "Unsupported Authentication",
            "detail": "Authenticating with OAuth 2.0 Application-Only is forbidden for this \
                       endpoint.  Supported authentication types are [OAuth 1.0a User Context, \
                       OAuth 2.0 User Context].",
            "type": format!("{PROBLEMS}/unsupported-authentication"),
            "status": 403,
        }),
    )
}

pub(crate) fn out_of_credit_old(account: &str) -> WireAnswer {
    WireAnswer::problem(
        402,
        &json!({
            "title": "CreditsDepleted",
            "detail": format!("Your enrolled account [{account}] does not have any credits to \
                               fulfill this request."),
            "type": format!("{PROBLEMS}/credits"),
        }),
    )
}

pub(crate) fn out_of_credit_new() -> WireAnswer {
    WireAnswer::problem(
        402,
        &json!({
            "title": "Payment Required",
            "detail": "credits depleted",
            "status": 402,
            "type": "https://api.x.com/2/problems/credits-depleted",
        }),
    )
}

pub(crate) fn spend_cap_reached(reset_date: &str) -> WireAnswer {
    WireAnswer::problem(
        403,
        &json!({
            "title": "SpendCapReached",
            "detail": "Your account has reached its billing cycle spending limit.",
            "reset_date": reset_date,
            "type": "https://api.x.com/2/problems/credits",
        }),
    )
}

pub(crate) fn duplicate() -> WireAnswer {
    blank(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
}

pub(crate) fn not_permitted() -> WireAnswer {
    blank(403, "Forbidden", "You are not permitted to perform this action.")
}

pub(crate) fn undocumented() -> WireAnswer {
    blank(403, "Forbidden", "This request looks like it cannot be completed right now.")
}

pub(crate) fn reply_not_allowed() -> WireAnswer {
    blank(
        403,
        "Forbidden",
        "Reply to this conversation is not allowed because you have not been mentioned or \
         otherwise engaged by the author of the post you are replying to.",
    )
}

pub(crate) fn quote_not_allowed() -> WireAnswer {
    blank(
        403,
        "Forbidden",
        "Quoting this post is not allowed because you have not been mentioned or are not part of \
         the conversation thread of the post you are quoting.",
    )
}

pub(crate) fn suspended() -> WireAnswer {
    blank(
        403,
        "Forbidden",
        "Your account is suspended and is not permitted to access this feature.",
    )
}

pub(crate) fn too_many_requests() -> WireAnswer {
    blank(429, "Too Many Requests", "Too Many Requests")
}

pub(crate) fn usage_capped(account: &str) -> WireAnswer {
    WireAnswer::problem(
        429,
        &json!({
            "title": "UsageCapExceeded",
            "detail": "Usage cap exceeded: Monthly product cap",
            "type": format!("{PROBLEMS}/usage-capped"),
            "period": "Monthly",
            "scope": "Product",
            "account_id": account,
            "product_name": "pay-per-use",
        }),
    )
}

pub(crate) fn not_found(parameter: &str, value: &str) -> WireAnswer {
    WireAnswer::problem(
        404,
        &json!({
            "title": "Not Found Error",
            "detail": format!("Could not find tweet with {parameter}: [{value}]."),
            "type": format!("{PROBLEMS}/resource-not-found"),
            "resource_type": "tweet",
            "resource_id": value,
            "parameter": parameter,
            "value": value,
        }),
    )
}

/// 5xx as X says it itself; a proxy says it in HTML.
pub(crate) fn server_error(status: u16) -> WireAnswer {
    let title = match status {
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Server Error",
    };
    blank(status, title, title)
}

fn blank(status: u16, title: &str, detail: &str) -> WireAnswer {
    WireAnswer::problem(
        status,
        &json!({ "title": title, "detail": detail, "type": "about:blank", "status": status }),
    )
}
