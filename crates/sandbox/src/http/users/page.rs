//! Pages of a timeline: what may be asked, and how they look.

use domain::model::XPostId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::{Fields, spelling_is_known};
use crate::account::Account;
use crate::problem;
use crate::reply::WireAnswer;
use crate::timeline::{Page, PageRange, StoredPost};
use crate::{Vocabularies, Vocabulary};

const MAX_RESULTS_DEFAULT: usize = 10;

/// Opaque to clients: the id of the last post that was shown follows.
const TOKEN_PREFIX: &str = "7140dibdnow9c7btw";

/// A question about a timeline.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) range: PageRange,
    pub(super) fields: Fields,
}

/// Reads the parameters as X does: what it does not know, it refuses.
pub(super) fn asked(
    query: &[(String, String)],
    vocabularies: Vocabularies,
) -> Result<Asked, WireAnswer> {
    let mut range = PageRange { max: MAX_RESULTS_DEFAULT, ..PageRange::default() };
    let mut fields = Fields::default();
    let mut after = None;
    for (name, value) in query {
        match name.as_str() {
            "max_results" => range.max = parsed(name, value, max_results(value))?,
            "since_id" => range.since_id = Some(parsed(name, value, id(value))?),
            "until_id" => range.until_id = Some(parsed(name, value, id(value))?),
            "start_time" => range.start = Some(parsed(name, value, value.parse().ok())?),
            "end_time" => range.end = Some(parsed(name, value, value.parse().ok())?),
            "pagination_token" => {
                let token = value.strip_prefix(TOKEN_PREFIX).and_then(id);
                after = Some(parsed(name, value, token)?);
            }
            "exclude" => {
                for kind in value.split(',') {
                    match kind {
                        "replies" => range.excludes_replies = true,
                        "retweets" | "reposts" => {}
                        _ => return Err(invalid(name, value)),
                    }
                }
            }
            "post.fields" | "tweet.fields" if spelling_is_known(name, vocabularies) => {
                fields.add(value);
            }
            "expansions" | "user.fields" | "media.fields" | "poll.fields" | "place.fields" => {}
            _ => return Err(problem::unknown_parameter(name, value)),
        }
    }
    if let Some(after) = after {
        range.until_id = Some(range.until_id.map_or(after.clone(), |until| until.min(after)));
    }
    Ok(Asked { range, fields })
}

fn parsed<T>(name: &str, value: &str, parsed: Option<T>) -> Result<T, WireAnswer> {
    parsed.ok_or_else(|| invalid(name, value))
}

fn invalid(name: &str, value: &str) -> WireAnswer {
    let message = format!("The `{name}` query parameter value [{value}] is not valid");
    problem::invalid_request(&message, name, value)
}

fn max_results(value: &str) -> Option<usize> {
    value.parse().ok().filter(|max| (5..=100).contains(max))
}

fn id(value: &str) -> Option<XPostId> {
    XPostId::try_from(value).ok()
}

/// The page as X writes it. An empty one has no `data` at all.
pub(super) fn render(
    page: &Page,
    owner: &Account,
    fields: &Fields,
    vocabulary: Vocabulary,
) -> Value {
    let mut meta = json!({ "result_count": page.posts.len() });
    let (Some(newest), Some(oldest)) = (page.posts.first(), page.posts.last()) else {
        return json!({ "meta": meta });
    };
    meta["newest_id"] = json!(newest.id);
    meta["oldest_id"] = json!(oldest.id);
    if page.is_cut {
        meta["next_token"] = json!(format!("{TOKEN_PREFIX}{}", oldest.id));
    }
    let data: Vec<Value> =
        page.posts.iter().map(|post| item(post, owner, fields, vocabulary)).collect();
    json!({ "data": data, "meta": meta })
}

fn item(post: &StoredPost, owner: &Account, fields: &Fields, vocabulary: Vocabulary) -> Value {
    let mut item = json!({
        "id": post.id,
        "text": post.text,
        vocabulary.name("edit_history_tweet_ids"): [post.id],
    });
    let links = &post.rewritten.links;
    let reply = post.in_reply_to.as_ref();
    for (field, value) in [
        ("created_at", Some(json!(millis(post.at)))),
        ("author_id", Some(json!(owner.id))),
        ("conversation_id", Some(json!(reply.unwrap_or(&post.id)))),
        ("lang", Some(json!("en"))),
        ("source", Some(json!("flockwork sandbox"))),
        ("reply_settings", Some(json!("everyone"))),
        ("possibly_sensitive", Some(json!(false))),
        ("made_with_ai", post.made_with_ai.then_some(json!(true))),
        ("entities", (!links.is_empty()).then(|| json!({ "urls": links }))),
        ("in_reply_to_user_id", reply.map(|_| json!(owner.id))),
        ("public_metrics", Some(metrics(vocabulary))),
    ] {
        if let Some(value) = value
            && fields.has(field)
        {
            item[field] = value;
        }
    }
    let references = vocabulary.name("referenced_tweets");
    if let Some(parent) = reply
        && (fields.has(&references) || fields.has("referenced_tweets"))
    {
        item[references] = json!([{ "type": "replied_to", "id": parent }]);
    }
    item
}

fn metrics(vocabulary: Vocabulary) -> Value {
    json!({
        vocabulary.name("retweet_count"): 0,
        "reply_count": 0,
        "like_count": 0,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": 0,
    })
}

/// X writes three decimals, always.
fn millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Asked, WireAnswer> {
        asked(&crate::http::query::pairs(Some(query)), Vocabularies::default())
    }

    #[test]
    fn parameters_are_read_and_strangers_refused() {
        let read = ask("max_results=5&since_id=7&exclude=replies,retweets&post.fields=entities");
        let read = read.unwrap();
        assert_eq!(read.range.max, 5);
        assert!(read.range.excludes_replies && read.fields.has("entities"));
        for bad in [
            "max_results=4",
            "max_results=101",
            "since_id=x",
            "start_time=yesterday",
            "exclude=likes",
            "idempotency_key=1",
            "pagination_token=1",
        ] {
            assert_eq!(ask(bad).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn a_strict_world_refuses_the_other_spelling() {
        let strict = Vocabularies { refuses_other_spelling: true, ..Vocabularies::default() };
        let ask = |query| asked(&crate::http::query::pairs(Some(query)), strict);
        assert!(ask("post.fields=entities").is_ok());
        assert_eq!(ask("tweet.fields=entities").unwrap_err().status, 400);
    }

    #[test]
    fn times_have_three_decimals() {
        assert_eq!(millis(testkit::at("2026-11-23T09:00:00Z")), "2026-11-23T09:00:00.000Z");
    }
}
