//! One function signs and sends; the three calls of `XApi` are built on it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::model::{BotId, Credentials, XUserId};
use domain::ports::{
    Clock, CredentialStore, Me, ReadError, SendReport, TimelinePage, TimelineQuery, XApi,
};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::accounts::{Account, Accounts};
use super::kept::Kept;
use super::timeline::{FieldSpelling, SpellingInUse};
use super::{me, publish, sign, timeline};
use crate::http::{Bounds, Exchange, Http, Outgoing, Told, WriteBy};
use crate::{BaseUrl, BaseUrlError};

/// Where X is, and how long it may take.
#[derive(Clone, Debug)]
pub struct XSettings {
    /// `https://api.x.com`, or a sandbox.
    pub base_url: String,
    /// The whole of a send, from the connection to the last byte of the answer.
    pub send_timeout: Duration,
    /// The whole of a read.
    pub read_timeout: Duration,
    /// The name of the field parameter to begin with; the other one is tried once if X refuses it.
    pub spelling: FieldSpelling,
}

impl Default for XSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.x.com".to_owned(),
            send_timeout: Duration::from_secs(25),
            read_timeout: Duration::from_secs(15),
            spelling: FieldSpelling::Post,
        }
    }
}

/// X over HTTP.
pub struct XClient {
    http: Http,
    base: BaseUrl,
    /// Those of bots that were declared before the start.
    declared: Accounts,
    /// Finds the keys of a bot that came later.
    late: Box<FindKeys>,
    /// What it found.
    found: RwLock<Accounts>,
    /// What people set while nodes run.
    kept: Option<Kept>,
    clock: Arc<dyn Clock>,
    pub(super) send_timeout: Duration,
    pub(super) read_timeout: Duration,
    pub(super) spelling: SpellingInUse,
}

/// Finds the keys of a bot, where this node has any.
pub type FindKeys = dyn Fn(&BotId) -> Option<Credentials> + Send + Sync;

/// One request to X, before it is signed.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) json: Option<Vec<u8>>,
    pub(super) bounds: Bounds,
}

impl XClient {
    /// A client for the bots in `accounts`. The clock dates the signatures.
    pub fn new(
        http: Http,
        settings: &XSettings,
        accounts: Accounts,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BaseUrlError> {
        Ok(Self {
            http,
            base: BaseUrl::parse(&settings.base_url)?,
            declared: accounts,
            late: Box::new(|_| None),
            found: RwLock::default(),
            kept: None,
            clock,
            send_timeout: settings.send_timeout,
            read_timeout: settings.read_timeout,
            spelling: SpellingInUse::starting_with(settings.spelling),
        })
    }

    /// Asks `find` about bots that were not there at the start; what it finds is kept.
    #[must_use]
    pub fn with_late(mut self, find: Box<FindKeys>) -> Self {
        self.late = find;
        self
    }

    /// Bots that nobody declared before the start sign with what is kept for them in the database, where
    /// anything is.
    #[must_use]
    pub fn with_kept(mut self, store: Arc<dyn CredentialStore>) -> Self {
        self.kept = Some(Kept::of(store));
        self
    }

    /// The keys of `bot`, if this node has them.
    pub(super) fn account(&self, bot: &BotId) -> Option<Arc<Account>> {
        if self.kept.as_ref().is_some_and(|kept| kept.is_locked(bot)) {
            return self.declared.find(bot);
        }
        let kept = || self.kept.as_ref()?.find(bot);
        let found = || self.found.read().unwrap_or_else(PoisonError::into_inner).find(bot);
        self.declared.find(bot).or_else(kept).or_else(found).or_else(|| {
            let late = (self.late)(bot)?;
            let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
            Some(found.add(bot, late))
        })
    }

    /// Signs one call with a new nonce and sends it once.
    pub(super) async fn call(&self, account: &Account, call: Call) -> Exchange {
        let asked_at = self.clock.monotonic();
        let mut url = self.base.join(&call.path);
        let stamp = sign::Stamp::fresh(self.clock.now());
        let signed = sign::authorization(call.method.as_str(), &url, &call.query, account, &stamp);
        if !call.query.is_empty() {
            url.set_query(Some(&sign::query(&call.query)));
        }
        let mut authorization =
            HeaderValue::try_from(signed).expect("percent-encoded values are ASCII");
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        if call.json.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = call.json.map(Bytes::from);
        let (method, bounds, told) = (call.method, call.bounds, Told::at(&call.path));
        let write_by = Some(WriteBy { clock: self.clock.clone(), until: asked_at + bounds.total });
        let outgoing = Outgoing { method, url, headers, body, bounds, write_by, told };
        self.http.exchange(outgoing).await
    }
}

#[async_trait]
impl XApi for XClient {
    fn has_keys(&self, bot: &BotId) -> bool {
        self.account(bot).is_some()
    }

    async fn refresh_keys(&self) {
        if let Some(kept) = &self.kept {
            kept.refresh().await;
        }
    }

    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        publish::create_post(self, bot, text).await
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        me::me(self, bot).await
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        timeline::timeline(self, bot, user, query).await
    }
}
