//! Pages as X gives them, and pages that must not count as evidence.

use domain::ports::XApi;
use serde_json::json;

use super::super::stage::{ada, client, user};
use super::*;
use crate::fake::{Fake, answer};

fn query() -> TimelineQuery {
    TimelineQuery { since: testkit::at("2026-11-23T08:59:59.999Z"), max: 2, page: None }
}

/// This date stands in every answer.
const DATE: &str = "Mon, 23 Nov 2026 09:00:07 GMT";

fn of(items: Vec<TimelineItem>) -> TimelinePage {
    let server_date = Some(testkit::at("2026-11-23T09:00:07Z"));
    TimelinePage { items, has_errors: false, next: None, server_date }
}

async fn read_page(json: Value) -> Result<TimelinePage, ReadError> {
    let fake = Fake::playing([answer(200, &[("date", DATE)], json.to_string().as_bytes())]);
    client(&fake, FieldSpelling::Post).timeline(&ada(), &user(), &query()).await
}

fn id(text: &str) -> XPostId {
    XPostId::try_from(text).unwrap()
}

#[tokio::test]
async fn a_page_is_read_in_both_vocabularies() {
    for referenced in ["referenced_tweets", "referenced_posts"] {
        let page = read_page(json!({
            "data": [
                {
                    "id": "1445880548472328192", "text": "see https://t.co/abc &amp; more",
                    "created_at": "2021-10-06T22:54:55.000Z",
                    "entities": {"urls": [
                        {"url": "https://t.co/abc", "expanded_url": "https://example.com/long"},
                        {"url": "https://t.co/def"},
                    ]},
                    "attachments": {"media_keys": ["3_1", "3_2"]},
                    referenced: [{"type": "quoted", "id": "5"}, {"type": "replied_to", "id": "7"}],
                },
                {"id": "1445880548472328191", "text": "plain"},
            ],
            "meta": {"result_count": 2, "newest_id": "1445880548472328192"},
        }))
        .await
        .unwrap();
        let whole = TimelineItem {
            id: id("1445880548472328192"),
            text: "see https://t.co/abc &amp; more".to_owned(),
            created_at: Some(testkit::at("2021-10-06T22:54:55Z")),
            links: vec![("https://t.co/abc".to_owned(), "https://example.com/long".to_owned())],
            in_reply_to: Some(id("7")),
            media_count: 2,
        };
        let plain = TimelineItem {
            id: id("1445880548472328191"),
            text: "plain".to_owned(),
            created_at: id("1445880548472328191").created_at(),
            links: Vec::new(),
            in_reply_to: None,
            media_count: 0,
        };
        assert!(plain.created_at.is_some());
        let expected = of(vec![whole, plain]);
        assert_eq!(page, expected);
    }
}

#[tokio::test]
async fn an_empty_page_has_no_data_and_says_so() {
    let empty = of(Vec::new());
    for json in [
        json!({"meta": {"result_count": 0}}),
        json!({"data": [], "meta": {"result_count": 0}}),
        json!({"data": null, "meta": {"result_count": "0"}, "errors": []}),
    ] {
        assert_eq!(read_page(json.clone()).await, Ok(empty.clone()), "{json}");
    }
}

#[tokio::test]
async fn what_is_no_page_is_no_evidence() {
    for json in [
        json!({}),
        json!({"status": "ok"}),
        json!({"meta": {"result_count": 1}}),
        json!({"data": {"id": "1"}}),
    ] {
        let page = read_page(json.clone()).await;
        assert!(matches!(page, Err(ReadError::Unavailable(_))), "{json}: {page:?}");
    }
}

#[tokio::test]
async fn a_page_that_may_lack_something_says_so() {
    let good = json!({"id": "1", "text": "x"});
    for (json, items) in [
        (json!({"data": [good], "errors": [{"title": "Not Found Error"}]}), 1),
        (json!({"errors": [{"title": "Forbidden"}]}), 0),
        (json!({"data": [good, {"text": "no id"}]}), 1),
        (json!({"data": [good, {"id": "2"}]}), 2),
        (json!({"data": [good], "meta": {"result_count": 3}}), 1),
        (json!({"data": [], "meta": {"result_count": 3}}), 0),
    ] {
        let page = read_page(json.clone()).await.unwrap();
        assert!(page.has_errors, "{json}");
        assert_eq!(page.items.len(), items, "{json}");
    }
}

#[tokio::test]
async fn a_next_token_means_the_page_is_cut() {
    let json = json!({"data": [{"id": "1", "text": "x"}], "meta": {"next_token": "abc"}});
    let page = read_page(json).await.unwrap();
    assert_eq!((page.next.as_deref(), page.has_errors), (Some("abc"), false));
}

#[tokio::test]
async fn the_next_page_is_asked_for_by_its_token() {
    let fake = Fake::playing([answer(200, &[], br#"{"meta":{"result_count":0}}"#)]);
    let next = TimelineQuery { page: Some("a b".to_owned()), ..query() };
    let page = client(&fake, FieldSpelling::Post).timeline(&ada(), &user(), &next).await;
    assert_eq!(page.unwrap().next, None);
    assert!(fake.requests()[0].contains("&pagination_token=a%20b HTTP/1.1"));
}

#[tokio::test]
async fn the_request_keeps_to_what_x_takes() {
    let empty = br#"{"meta":{"result_count":0}}"#;
    let fake = Fake::playing([answer(200, &[], empty)]);
    let page = client(&fake, FieldSpelling::Post).timeline(&ada(), &user(), &query()).await;
    assert!(page.is_ok());
    let request = &fake.requests()[0];
    let line = "GET /2/users/2244994945/tweets?max_results=5\
                &start_time=2026-11-23T08%3A59%3A59Z\
                &post.fields=created_at%2Centities%2Cattachments HTTP/1.1";
    assert_eq!(request.lines().next(), Some(line));
}

#[tokio::test]
async fn the_other_spelling_is_tried_once_and_remembered() {
    let empty = br#"{"meta":{"result_count":0}}"#;
    for (spelling, first, second) in [
        (FieldSpelling::Post, "post.fields", "tweet.fields"),
        (FieldSpelling::Tweet, "tweet.fields", "post.fields"),
    ] {
        let replies = [answer(400, &[], b"{}"), answer(200, &[], empty), answer(200, &[], empty)];
        let fake = Fake::playing(replies);
        let client = client(&fake, spelling);
        for _ in 0..2 {
            assert!(client.timeline(&ada(), &user(), &query()).await.is_ok());
        }
        let used: Vec<bool> =
            fake.requests().iter().map(|request| request.contains(&format!("&{first}="))).collect();
        assert_eq!(used, [true, false, false]);
        assert!(fake.requests()[2].contains(&format!("&{second}=")));
    }
}

#[tokio::test]
async fn a_refusal_of_both_spellings_is_not_asked_about_again() {
    let fake = Fake::playing((0..3).map(|_| answer(400, &[], b"{}")));
    let client = client(&fake, FieldSpelling::Post);
    for _ in 0..2 {
        let page = client.timeline(&ada(), &user(), &query()).await;
        assert_eq!(page, Err(ReadError::Unavailable("HTTP 400".to_owned())));
    }
    assert_eq!(fake.requests().len(), 3);
    assert!(fake.requests()[2].contains("&post.fields="));
}
