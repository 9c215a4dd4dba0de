//! Bodies as they were seen on the wire.

use serde_json::json;

use super::*;

fn problem(json: &Value) -> Problem {
    read(json, &[])
}

#[expect(clippy::unnecessary_wraps, reason = "an expected field reads as it is written")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_problem_document_is_read_under_both_hosts() {
    for host in ["api.twitter.com", "api.x.com"] {
        let read = problem(&json!({
            "title": "CreditsDepleted", "detail": "no credits",
            "type": format!("https://{host}/2/problems/credits"),
        }));
        let expected = Problem {
            title: some("CreditsDepleted"),
            detail: some("no credits"),
            kind: some("credits"),
            ..Problem::default()
        };
        assert_eq!(read, expected);
    }
}

#[test]
fn a_kind_is_the_last_part_of_an_address() {
    for (kind, expected) in [
        (json!("about:blank"), None),
        (json!("https://api.x.com/2/problems/credits-depleted/"), some("credits-depleted")),
        (json!(""), None),
        (json!(7), None),
    ] {
        assert_eq!(problem(&json!({"type": kind})).kind, expected);
    }
}

#[test]
fn messages_of_a_bad_request_are_kept() {
    let read = problem(&json!({
        "errors": [{"parameters": {"text": [".."]}, "message": "Your Tweet text is too long."}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }));
    assert_eq!(read.messages, ["Your Tweet text is too long."]);
    assert_eq!(read.title, some("Invalid Request"));
    assert_eq!(read.kind, some("invalid-request"));
}

#[test]
fn legacy_numbers_are_read_as_numbers_or_digits() {
    let read = problem(&json!({"errors": [
        {"code": 88, "message": "Rate limit exceeded"},
        {"code": "187", "message": "Status is a duplicate."},
        {"code": null},
    ]}));
    assert_eq!(read.codes, [88, 187]);
    assert_eq!(read.messages, ["Rate limit exceeded", "Status is a duplicate."]);
    assert_eq!(problem(&json!({"code": 131, "message": "Internal error"})).codes, [131]);
    assert_eq!(problem(&json!({"errors": ["plain words", 7]})).messages, ["plain words"]);
}

#[test]
fn oauths_own_shape_is_read() {
    let read = problem(&json!({"error": "invalid_request", "error_description": "was invalid."}));
    assert_eq!((read.title, read.detail), (some("invalid_request"), some("was invalid.")));
}

#[test]
fn a_spending_limit_and_a_cap_keep_their_dates() {
    let limit = problem(&json!({"title": "SpendCapReached", "reset_date": "2026-12-01"}));
    assert_eq!((limit.title, limit.reset_date), (some("SpendCapReached"), some("2026-12-01")));
    let cap =
        problem(&json!({"title": "UsageCapExceeded", "period": "Monthly", "scope": "Product"}));
    assert_eq!(cap.period, some("Monthly"));
}

#[test]
fn an_error_in_the_list_speaks_where_the_document_is_silent() {
    let read = problem(&json!({"errors": [{
        "title": "Not Found Error", "detail": "Could not find user.",
        "type": "https://api.x.com/2/problems/resource-not-found",
    }]}));
    assert_eq!(read.title, some("Not Found Error"));
    assert_eq!(read.detail, some("Could not find user."));
    assert_eq!(read.kind, some("resource-not-found"));
}

#[test]
fn strange_types_are_nothing() {
    for json in [
        json!({"title": 7, "detail": {"a": 1}, "type": [], "errors": {"code": 1}}),
        json!({"title": "", "errors": []}),
        json!({"errors": null, "reset_date": 5}),
    ] {
        assert_eq!(problem(&json), Problem::default(), "{json}");
    }
    let many: Vec<Value> = (0..1_000).map(|n| json!({"message": "m", "code": n})).collect();
    let read = problem(&json!({"errors": many}));
    assert_eq!((read.messages.len(), read.codes.len()), (MESSAGES_MAX, MESSAGES_MAX));
}

#[test]
fn a_sentence_takes_the_most_telling_part() {
    let title = Problem { title: some("Forbidden"), ..Problem::default() };
    let message = Problem { messages: vec!["too long".to_owned()], ..title.clone() };
    let detail = Problem { detail: some("not permitted"), ..message.clone() };
    for (problem, words) in [
        (Problem::default(), "HTTP 403"),
        (title, "Forbidden (HTTP 403)"),
        (message, "too long (HTTP 403)"),
        (detail, "not permitted (HTTP 403)"),
    ] {
        assert_eq!(sentence(403, &problem), words);
    }
}
