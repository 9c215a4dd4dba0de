//! Every way a read can fail.

use domain::ports::XApi;

use super::super::FieldSpelling;
use super::super::stage::{ada, client};
use crate::fake::{Fake, Reply, answer};

use super::*;

async fn failed(reply: Reply) -> ReadError {
    let fake = Fake::playing([reply]);
    client(&fake, FieldSpelling::Post).me(&ada()).await.unwrap_err()
}

#[tokio::test]
async fn each_status_means_one_thing() {
    let reset = [("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1795425300")];
    let unclear = [("x-rate-limit-reset", "1795425300")];
    let roomy = [("x-rate-limit-remaining", "7"), ("x-rate-limit-reset", "1795425300")];
    let until = Some(Timestamp::from_second(1_795_425_300).unwrap());
    let cap = r#"{"title":"UsageCapExceeded","detail":"Usage cap exceeded: Monthly product cap","type":"https://api.twitter.com/2/problems/usage-capped","period":"Monthly"}"#;
    let none = &[][..];
    let cases = [
        (
            401,
            none,
            r#"{"detail":"Unauthorized"}"#,
            ReadError::Unauthorized("Unauthorized (HTTP 401)".into()),
        ),
        (401, none, "", ReadError::Unauthorized("HTTP 401".into())),
        (
            402,
            none,
            r#"{"detail":"credits depleted"}"#,
            ReadError::OutOfCredit("credits depleted (HTTP 402)".into()),
        ),
        (
            403,
            none,
            r#"{"title":"SpendCapReached"}"#,
            ReadError::OutOfCredit("SpendCapReached (HTTP 403)".into()),
        ),
        (
            403,
            none,
            r#"{"type":"https://api.x.com/2/problems/credits-depleted"}"#,
            ReadError::OutOfCredit("HTTP 403".into()),
        ),
        (
            429,
            &reset[..],
            cap,
            ReadError::OutOfCredit("Usage cap exceeded: Monthly product cap (HTTP 429)".into()),
        ),
        (
            403,
            none,
            r#"{"errors":[{"code":64,"message":"suspended"}]}"#,
            ReadError::Forbidden("suspended (HTTP 403)".into()),
        ),
        (429, &reset[..], "", ReadError::RateLimited { until }),
        (429, &unclear[..], "{}", ReadError::RateLimited { until }),
        (429, &roomy[..], "{}", ReadError::RateLimited { until: None }),
        (404, none, "{}", ReadError::Unavailable("HTTP 404".into())),
        (301, none, "", ReadError::Unavailable("HTTP 301".into())),
        (503, none, "<html>", ReadError::Unavailable("HTTP 503".into())),
        (204, none, "", ReadError::Unavailable("HTTP 204".into())),
        (200, none, "<html>", ReadError::Unavailable("the answer is not JSON".into())),
    ];
    for (status, headers, body, expected) in cases {
        let error = failed(answer(status, headers, body.as_bytes())).await;
        assert_eq!(error, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_200_with_errors_and_no_data_is_a_failure() {
    for (body, is_forbidden) in [
        (r#"{"errors":[{"title":"Forbidden","detail":"User has been suspended"}]}"#, true),
        (
            r#"{"errors":[{"type":"https://api.twitter.com/2/problems/not-authorized-for-resource"}]}"#,
            true,
        ),
        (r#"{"errors":[{"code":64,"message":"suspended"}]}"#, true),
        (r#"{"errors":[{"title":"Not Found Error"}]}"#, false),
        (r#"{"data":{"id":"1"}}"#, false),
        (r#"{"data":{"username":"ada"}}"#, false),
        ("{}", false),
    ] {
        let error = failed(answer(200, &[], body.as_bytes())).await;
        assert_eq!(matches!(error, ReadError::Forbidden(_)), is_forbidden, "{body}: {error:?}");
        assert!(matches!(error, ReadError::Forbidden(_) | ReadError::Unavailable(_)));
    }
}

#[tokio::test]
async fn a_broken_connection_is_unavailable() {
    for reply in
        [Reply::CloseAfterRead, Reply::Silence, answer(200, &[], &vec![b' '; ANSWER_BYTES_MAX + 1])]
    {
        let error = failed(reply).await;
        assert!(matches!(error, ReadError::Unavailable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_asked() {
    let fake = Fake::playing([]);
    let bea = BotId::try_from("bea").unwrap();
    let error = client(&fake, FieldSpelling::Post).me(&bea).await.unwrap_err();
    assert!(matches!(error, ReadError::Unauthorized(_)), "{error:?}");
}
