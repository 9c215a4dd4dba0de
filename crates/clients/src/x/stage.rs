//! What the tests of the X client share: a client for the bot `ada` against a fake server.

use std::sync::Arc;

use domain::model::{BotId, Credentials, Secret, XUserId};
use testkit::TestClock;

use super::{Accounts, FieldSpelling, XClient, XSettings};
use crate::fake::Fake;
use crate::http::{Http, HttpSettings};

/// The bot that has credentials.
pub(super) fn ada() -> BotId {
    BotId::try_from("ada").unwrap()
}

/// Its account.
pub(super) fn user() -> XUserId {
    XUserId::try_from("2244994945").unwrap()
}

/// A client for it that waits as long as the fake needs.
pub(super) fn client(fake: &Fake, spelling: FieldSpelling) -> XClient {
    let credentials = Credentials {
        api_key: Secret::new("the-api-key"),
        api_secret: Secret::new("the-api-secret"),
        access_token: Secret::new("the-access-token"),
        access_secret: Secret::new("the-access-secret"),
    };
    let settings = XSettings {
        base_url: fake.url(),
        send_timeout: fake.patience(),
        read_timeout: fake.patience(),
        spelling,
    };
    let http = Http::new(&HttpSettings::default()).unwrap();
    let clock = Arc::new(TestClock::at(testkit::at("2026-11-23T09:00:00Z")));
    XClient::new(http, &settings, [(ada(), credentials)].into_iter().collect::<Accounts>(), clock)
        .unwrap()
}
