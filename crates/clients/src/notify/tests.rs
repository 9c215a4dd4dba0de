//! What a target gets, and what its answer means.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use domain::model::{AlertRule, FeedReach, News, Raised, Secret, Severity, TargetName};
use domain::ports::alerts::{Courier as _, DeliveryId, Parcel};
use domain::rules::alerts::courier::NotDelivered;
use domain::rules::alerts::envelope::AlertsEnvelope;
use domain::rules::alerts::message::Notice;
use jiff::{SignedDuration, Timestamp};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::*;
use crate::fake::{Fake, Reply};

const SECRET: &str = "a-secret-of-a-webhook";

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn name() -> TargetName {
    TargetName::parse("ops").unwrap()
}

fn parcel() -> Parcel {
    let raised = Raised {
        rule: AlertRule::LoginNeeded,
        subject: "ada".to_owned(),
        severity: Severity::Critical,
        detail: "@ada: <!channel> @everyone & more".to_owned(),
    };
    let notice = Notice::of(1, &raised, News::Opened, (now(), now()));
    let envelope = AlertsEnvelope::of(1, vec![notice], now());
    Parcel {
        id: DeliveryId(1),
        target: name(),
        key: envelope.id.clone(),
        kind: "alerts".to_owned(),
        body: serde_json::to_string(&envelope).unwrap(),
        made_at: now(),
        tries: 1,
    }
}

fn answer(head: &str, body: &str) -> Reply {
    let length = body.len();
    let reply =
        format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    Reply::Bytes(reply.into_bytes())
}

fn courier(target: Target, reach: FeedReach) -> TargetCourier {
    TargetCourier::new(BTreeMap::from([(name(), target)]), None, reach).unwrap()
}

fn webhook(url: &str) -> Target {
    Target::Webhook { url: Secret::new(url), secrets: vec![Secret::new(SECRET)] }
}

async fn deliver(target: Target) -> Result<(), NotDelivered> {
    courier(target, FeedReach::Private).deliver(&parcel(), now()).await
}

/// The request that came, in two halves.
fn came(fake: &Fake) -> (String, String) {
    let requests = fake.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_webhook_gets_the_body_as_it_is_signed_with_an_id_and_a_time() {
    let fake = Fake::playing([answer("200 OK", "")]);
    deliver(webhook(&format!("{}/hook?key=1", fake.url()))).await.unwrap();
    let (head, body) = came(&fake);
    assert_eq!(body, parcel().body);
    assert!(head.starts_with("post /hook?key=1 http/1.1"), "{head}");
    for header in [
        "webhook-id: alerts-1-1795424400000",
        "webhook-timestamp: 1795424400",
        "webhook-signature: v1,",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert!(!head.contains(SECRET));
}

#[tokio::test]
async fn chats_get_words_in_which_nobody_is_mentioned() {
    let fake = Fake::playing([answer("200 OK", "ok")]);
    deliver(Target::Slack { url: Secret::new(fake.url()) }).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&came(&fake).1).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt;") && !text.contains("<!"), "{text}");
    let fake = Fake::playing([answer("204 No Content", "")]);
    deliver(Target::Discord { url: Secret::new(fake.url()) }).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&came(&fake).1).unwrap();
    assert_eq!(body["allowed_mentions"]["parse"], serde_json::json!([]));
    assert!(body["content"].as_str().unwrap().contains("X no longer takes its token"));
    let fake = Fake::playing([answer("200 OK", "{}")]);
    let url = Secret::new(format!("{}/flock", fake.url()));
    deliver(Target::Ntfy { url, token: Some(Secret::new("tk_0123456789")) }).await.unwrap();
    let (head, body) = came(&fake);
    for header in ["priority: 5", "authorization: bearer tk_0123456789", "title: flockwork: "] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert!(body.contains("`flockwork bot resume ada`"), "{body}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let inside = Fake::playing([answer("200 OK", "secrets of the machine")]);
    for to in ["http://169.254.169.254/latest/meta-data/".to_owned(), inside.url()] {
        for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
        {
            let fake = Fake::playing([answer(&format!("{status}\r\nlocation: {to}"), "")]);
            let failed = deliver(webhook(&fake.url())).await.unwrap_err();
            assert!(failed.why.contains("a redirect, which is not followed"), "{}", failed.why);
            assert!(!failed.is_final);
        }
    }
    assert_eq!(inside.requests(), Vec::<String>::new(), "nobody came");
}

#[tokio::test]
async fn addresses_inside_are_refused_unless_allowed_and_those_of_clouds_always() {
    let closed = |url: &str| {
        let courier = courier(webhook(url), FeedReach::Https);
        async move { courier.deliver(&parcel(), now()).await.unwrap_err().why }
    };
    for url in
        ["http://127.0.0.1:9/", "https://10.0.0.1/", "https://ops.internal/", "http://example.org/"]
    {
        let why = closed(url).await;
        assert!(why.starts_with("its address cannot be used"), "{url}: {why}");
    }
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://0x7f.1/",
        "http://2852039166/",
    ] {
        let why = deliver(webhook(url)).await.unwrap_err().why;
        assert!(why.starts_with("its address cannot be used"), "{url}: {why}");
    }
}

/// Every name leads to one address.
struct All(&'static str);

impl Resolve for All {
    fn resolve(&self, _: Name) -> Resolving {
        let found = SocketAddr::new(self.0.parse().unwrap(), 0);
        Box::pin(async move { Ok(Box::new(std::iter::once(found)) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_for_the_web_and_for_mail() {
    let mail = Target::Smtp(MailServer {
        host: "mail.example.org".to_owned(),
        port: 25,
        encryption: MailEncryption::None,
        authority: None,
        login: None,
        from: "flock@example.org".to_owned(),
        to: vec!["you@example.org".to_owned()],
    });
    for target in [webhook("https://hooks.example.org/"), mail] {
        for (address, reach) in
            [("10.0.0.9", FeedReach::Https), ("169.254.169.254", FeedReach::Private)]
        {
            let names = Arc::new(All(address)) as Arc<dyn Resolve>;
            let targets = BTreeMap::from([(name(), target.clone())]);
            let courier = TargetCourier::with_names(&names, targets, None, reach).unwrap();
            let why = courier.deliver(&parcel(), now()).await.unwrap_err().why;
            assert!(why.contains(address), "{why}");
        }
    }
}

#[tokio::test]
async fn an_answer_says_whether_it_was_taken_and_when_to_come_again() {
    for (head, is_final, again_after) in [
        ("500 Oh", false, None),
        ("404 Not Found", false, None),
        ("410 Gone", true, None),
        ("429 Slow\r\nretry-after: 90", false, Some(SignedDuration::from_secs(90))),
    ] {
        let fake = Fake::playing([answer(head, &format!("no: {SECRET}\u{1b}[31m"))]);
        let failed = deliver(webhook(&fake.url())).await.unwrap_err();
        assert_eq!((failed.is_final, failed.again_after), (is_final, again_after), "{head}");
        assert!(failed.why.starts_with(&format!("HTTP {}: no: ***", &head[..3])), "{}", failed.why);
    }
}

#[tokio::test]
async fn a_target_that_says_nothing_is_left_after_its_time_and_tried_later() {
    let fake = Fake::playing([Reply::Silence]);
    let target = webhook(&fake.url());
    let asked = async {
        while fake.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        // From here on nothing happens but time.
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(16)).await;
    };
    let (told, ()) = tokio::join!(deliver(target), asked);
    let failed = told.unwrap_err();
    assert!(!failed.is_final && failed.again_after.is_none(), "{}", failed.why);
    assert!(failed.why.contains("time"), "{}", failed.why);
}

#[tokio::test]
async fn what_a_target_says_of_its_own_secrets_stays_inside() {
    let fake = Fake::playing([]);
    let url = format!("{}/T000/B000/a-very-secret-path", fake.url());
    drop(fake);
    let nobody = deliver(Target::Slack { url: Secret::new(url.clone()) }).await.unwrap_err();
    assert!(!nobody.why.contains("a-very-secret-path"), "{}", nobody.why);
    let fake = Fake::playing([answer("403 No", "no such hook: /T000/B000/a-very-secret-path")]);
    let url = format!("{}/T000/B000/a-very-secret-path", fake.url());
    let failed = deliver(Target::Slack { url: Secret::new(url) }).await.unwrap_err();
    assert_eq!(failed.why, "HTTP 403: no such hook: ***");
    // One value of several, as it stood and as the server reads it.
    let said =
        "no key a-secret+value, a-secret%2Bvalue; room 7, step of-a secret, long a-secret+value-2";
    let fake = Fake::playing([answer("403 No", said)]);
    let url =
        format!("{}/of-a%20secret?room=7&key=a-secret%2Bvalue&long=a-secret%2Bvalue-2", fake.url());
    let failed = deliver(Target::Slack { url: Secret::new(url) }).await.unwrap_err();
    assert_eq!(failed.why, "HTTP 403: no key ***, ***; room 7, step ***, long ***");
}

#[tokio::test]
async fn a_dead_mans_switch_is_asked_for_and_a_look_says_nothing() {
    let fake = Fake::playing([answer("200 OK", "OK")]);
    let url = Secret::new(format!("{}/ping/uuid", fake.url()));
    let courier = TargetCourier::new(BTreeMap::new(), Some(url), FeedReach::Private).unwrap();
    courier.beat().await.unwrap();
    assert!(came(&fake).0.starts_with("get /ping/uuid "));
    let fake = Fake::playing([answer("405 Method Not Allowed", "")]);
    let looker = self::courier(webhook(&fake.url()), FeedReach::Private);
    looker.look(&name()).await.unwrap();
    assert!(came(&fake).0.starts_with("head / "));
}
