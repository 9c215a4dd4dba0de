//! `xdk-rs`, an independent client of X, drives the HTTP door: what it signs we accept, what we
//! answer it reads into its own types.

mod common;

use common::{Sandbox, start};
use domain::model::Secret;
use sandbox::{Keys, Registration, SandboxSettings, SendFault, Vocabularies, Vocabulary};
use xdk::Error;
use xdk::api::Client;
use xdk::auth::{OAuth1Credential, OAuth2Credential};

fn credential() -> OAuth1Credential {
    OAuth1Credential {
        consumer_key: "app key".to_owned(),
        consumer_secret: "app+secret/with~marks*".to_owned(),
        access_token: "4000000000-ada".to_owned(),
        token_secret: "token&secret=".to_owned(),
    }
}

async fn signed_sandbox(vocabularies: Vocabularies) -> Sandbox {
    // This client signs the URL without its port; see `SandboxSettings::forgives_missing_port`.
    let settings = SandboxSettings {
        is_open: false,
        forgives_missing_port: true,
        vocabularies,
        ..SandboxSettings::default()
    };
    let sandbox = start(&settings).await;
    let OAuth1Credential { consumer_key, consumer_secret, access_token, token_secret } =
        credential();
    sandbox.world.register(Registration {
        username: "ada".to_owned(),
        keys: Some(Keys {
            consumer_key,
            consumer_secret: Secret::new(consumer_secret),
            token: access_token,
            token_secret: Secret::new(token_secret),
        }),
        user_bearer: Some("ada's user token".to_owned()),
    });
    sandbox
}

fn url(sandbox: &Sandbox) -> String {
    format!("http://{}", sandbox.address)
}

fn client(sandbox: &Sandbox, credential: OAuth1Credential) -> Client {
    Client::builder().oauth1(credential).base_url(url(sandbox)).build().expect("a client")
}

fn status_of<T>(result: &Result<T, Error>) -> Option<u16> {
    match result {
        Err(Error::Api { status, .. }) => Some(*status),
        _ => None,
    }
}

#[tokio::test]
async fn me_post_timeline_and_delete_work_in_both_vocabularies() {
    for vocabulary in [Vocabulary::Old, Vocabulary::New] {
        let sandbox = signed_sandbox(Vocabularies::all(vocabulary)).await;
        let x = client(&sandbox, credential());
        let me = x.get_me().send().await.expect("me").data;
        assert_eq!(me.username, "ada");

        let sent = "Fog & light, 100 % + more ~ see example.com";
        let post = x.create_post(sent, &[]).send().await.expect("a post").data;
        assert!(post.text.starts_with("Fog &amp; light"), "{}", post.text);
        for n in 0..6 {
            x.create_post(&format!("post {n}"), &[]).send().await.expect("a post");
        }

        let page = x.get_user_posts(&me.id, 5).send().await.expect("a page");
        assert_eq!(page.data.len(), 5);
        assert_eq!(page.data[0].text, "post 5");
        assert!(page.data[0].created_at.is_some() && page.data[0].public_metrics.is_some());
        let next = page.meta.and_then(|meta| meta.next_token).expect("there is more");
        let rest = x.get_user_posts(&me.id, 5).pagination_token(next).send().await.expect("a page");
        assert_eq!(rest.data.len(), 2);
        assert_eq!(rest.data[1].id, post.id);
        let urls = rest.data[1].entities.as_ref().expect("entities")["urls"].clone();
        assert_eq!(urls[0]["expanded_url"], "http://example.com");

        x.delete_post(&post.id).send().await.expect("a deletion");
        assert!(!sandbox.world.sent_texts("ada").contains(&sent.to_owned()));
        assert_eq!(x.last_rate_limit().expect("a window").limit, Some(50));
    }
}

#[tokio::test]
async fn an_empty_timeline_is_read_although_it_has_no_data() {
    let sandbox = signed_sandbox(Vocabularies::default()).await;
    let x = client(&sandbox, credential());
    let me = x.get_me().send().await.expect("me").data;
    let page = x.get_user_posts(&me.id, 5).send().await.expect("a page");
    assert!(page.data.is_empty());
    assert_eq!(page.meta.and_then(|meta| meta.result_count), Some(0));
}

#[tokio::test]
async fn a_wrong_secret_and_a_strange_token_are_refused() {
    let sandbox = signed_sandbox(Vocabularies::default()).await;
    for wrong in [
        OAuth1Credential { token_secret: "other".to_owned(), ..credential() },
        OAuth1Credential { consumer_secret: "other".to_owned(), ..credential() },
        OAuth1Credential { consumer_key: "other".to_owned(), ..credential() },
        OAuth1Credential { access_token: "other".to_owned(), ..credential() },
    ] {
        let x = client(&sandbox, wrong);
        assert_eq!(status_of(&x.create_post("hello", &[]).send().await), Some(401));
    }
    assert!(sandbox.world.truth().is_empty());
}

#[tokio::test]
async fn a_user_token_of_oauth_2_opens_the_door_too() {
    let sandbox = signed_sandbox(Vocabularies::default()).await;
    let credential = OAuth2Credential {
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned(),
        access_token: "ada's user token".to_owned(),
        refresh_token: None,
        expires_at: None,
    };
    let x = Client::builder().oauth2(credential).base_url(url(&sandbox)).build().expect("a client");
    assert_eq!(x.get_me().send().await.expect("me").data.username, "ada");
}

#[tokio::test]
async fn refusals_arrive_with_their_status_and_reset() {
    let sandbox = signed_sandbox(Vocabularies::default()).await;
    let x = client(&sandbox, credential());
    x.create_post("hello", &[]).send().await.expect("a post");
    assert_eq!(status_of(&x.create_post("hello", &[]).send().await), Some(403));
    assert_eq!(status_of(&x.create_post(&"a".repeat(281), &[]).send().await), Some(400));
    assert_eq!(status_of(&x.create_post("x", &["77".to_owned()]).send().await), Some(400));
    sandbox.world.next_send(SendFault::OutOfCreditNew);
    assert_eq!(status_of(&x.create_post("again", &[]).send().await), Some(402));
    sandbox.world.next_send(SendFault::RateLimited { reset_secs: Some(60) });
    match x.create_post("again", &[]).send().await {
        Err(Error::Api { status: 429, reset_at: Some(_), .. }) => {}
        other => panic!("{other:?}"),
    }
}
