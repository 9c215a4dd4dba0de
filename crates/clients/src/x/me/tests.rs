//! The account behind a token, in both vocabularies.

use domain::ports::XApi;

use super::super::FieldSpelling;
use super::super::stage::{ada, client, user};
use super::*;
use crate::fake::{Fake, answer};

#[tokio::test]
async fn the_account_is_read_in_both_vocabularies() {
    for count in ["tweet_count", "post_count"] {
        let body = format!(
            r#"{{"data":{{"id":"2244994945","name":"Ada","username":"ada_posts","public_metrics":{{"{count}":42}}}}}}"#
        );
        let headers = [("x-access-level", "read-write"), ("date", "Mon, 23 Nov 2026 09:00:01 GMT")];
        let fake = Fake::playing([answer(200, &headers, body.as_bytes())]);
        let me = client(&fake, FieldSpelling::Post).me(&ada()).await.unwrap();
        let expected = Me {
            user: user(),
            username: "ada_posts".to_owned(),
            post_count: Some(42),
            access_level: Some("read-write".to_owned()),
            server_date: Some(testkit::at("2026-11-23T09:00:01Z")),
        };
        assert_eq!(me, expected);
        let request = &fake.requests()[0];
        assert!(
            request.starts_with("GET /2/users/me?user.fields=public_metrics HTTP/1.1"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn where_x_refuses_the_field_it_is_left_out() {
    let body = br#"{"data":{"id":2244994945,"username":"ada_posts"}}"#;
    let fake = Fake::playing([answer(400, &[], b"{}"), answer(200, &[], body)]);
    let me = client(&fake, FieldSpelling::Post).me(&ada()).await.unwrap();
    assert_eq!((me.user, me.post_count, me.access_level), (user(), None, None));
    assert!(fake.requests()[1].starts_with("GET /2/users/me HTTP/1.1"));
}

#[tokio::test]
async fn two_refusals_end_it() {
    let fake = Fake::playing([answer(400, &[], b"{}"), answer(400, &[], b"{}")]);
    let error = client(&fake, FieldSpelling::Post).me(&ada()).await.unwrap_err();
    assert_eq!(error, ReadError::Unavailable("HTTP 400".to_owned()));
    assert_eq!(fake.requests().len(), 2);
}
