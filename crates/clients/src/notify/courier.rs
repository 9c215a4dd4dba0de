//! Who carries what is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{FeedReach, Secret, TargetName};
use domain::ports::alerts::{Courier, Parcel};
use domain::rules::alerts::courier::NotDelivered;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::dns::Resolve;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::post::{Letter, look, send};
use super::target::Target;
use super::{sign, smtp, words};
use crate::http::{CheckedNames, Http, HttpError, SystemNames};

/// Carries to the targets of the configuration.
pub struct TargetCourier {
    http: Http,
    names: CheckedNames,
    reach: FeedReach,
    targets: BTreeMap<TargetName, Target>,
    heartbeat: Option<Secret>,
}

impl TargetCourier {
    /// To these targets, as far as `reach`; and with a dead-man's switch at `heartbeat`.
    pub fn new(
        targets: BTreeMap<TargetName, Target>,
        heartbeat: Option<Secret>,
        reach: FeedReach,
    ) -> Result<Self, HttpError> {
        Self::with_names(
            &(Arc::new(SystemNames::default()) as Arc<dyn Resolve>),
            targets,
            heartbeat,
            reach,
        )
    }

    /// The same with names that are resolved by somebody else.
    pub(super) fn with_names(
        names: &Arc<dyn Resolve>,
        targets: BTreeMap<TargetName, Target>,
        heartbeat: Option<Secret>,
        reach: FeedReach,
    ) -> Result<Self, HttpError> {
        let checked = || CheckedNames::new(Arc::clone(names), reach);
        let http = Http::for_strangers(checked())?;
        Ok(Self { http, names: checked(), reach, targets, heartbeat })
    }

    /// Whether a target answers; nothing is said to it. Any answer of a web server is one, but for a redirect.
    pub async fn look(&self, target: &TargetName) -> Result<(), NotDelivered> {
        let Some(target) = self.targets.get(target) else {
            return Err(NotDelivered::later("there is no channel or webhook of that name"));
        };
        let url = match target {
            Target::Webhook { url, .. }
            | Target::Slack { url }
            | Target::Discord { url }
            | Target::Ntfy { url, .. } => url,
            Target::Smtp(server) => {
                let post = smtp::Post { server, names: &self.names, reach: self.reach };
                return post.look().await;
            }
        };
        look(&self.http, (url, self.reach), &target.secrets()).await
    }

    async fn tell(
        &self,
        target: &Target,
        parcel: &Parcel,
        now: Timestamp,
    ) -> Result<(), NotDelivered> {
        let secrets = target.secrets();
        let message = || words::read(&parcel.kind, &parcel.body);
        let (url, letter) = match target {
            Target::Webhook { url, secrets } => {
                let headers = sign::headers(&parcel.key, parcel.body.as_bytes(), secrets, now);
                (url, Letter::json(parcel.body.clone(), headers))
            }
            Target::Slack { url } => {
                (url, Letter::json(words::slack(&message()).to_string(), HeaderMap::new()))
            }
            Target::Discord { url } => {
                (url, Letter::json(words::discord(&message()).to_string(), HeaderMap::new()))
            }
            Target::Ntfy { url, token } => {
                let (text, mut headers) = words::ntfy(&message());
                if let Some(token) = token {
                    headers.insert(AUTHORIZATION, bearer(token)?);
                }
                let content_type = "text/plain; charset=utf-8";
                (url, Letter { method: Method::POST, headers, content_type, body: Some(text) })
            }
            Target::Smtp(server) => {
                let post = smtp::Post { server, names: &self.names, reach: self.reach };
                return post.send(&message(), &parcel.key, now).await;
            }
        };
        send(&self.http, (url, self.reach), letter, &secrets).await
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, NotDelivered> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.open()));
    let mut value = value.map_err(|_| NotDelivered::later("its token fits into no header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[async_trait]
impl Courier for TargetCourier {
    async fn deliver(&self, parcel: &Parcel, now: Timestamp) -> Result<(), NotDelivered> {
        let Some(target) = self.targets.get(&parcel.target) else {
            return Err(NotDelivered::later("this node has no channel or webhook of that name"));
        };
        self.tell(target, parcel, now).await
    }

    fn kind_of(&self, target: &TargetName) -> &'static str {
        self.targets.get(target).map_or("webhook", |target| target.kind().as_str())
    }

    async fn beat(&self) -> Result<(), NotDelivered> {
        let Some(url) = &self.heartbeat else { return Ok(()) };
        let letter = Letter {
            method: Method::GET,
            headers: HeaderMap::new(),
            content_type: "text/plain; charset=utf-8",
            body: None,
        };
        send(&self.http, (url, self.reach), letter, &[url]).await
    }
}
