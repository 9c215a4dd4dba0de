//! The point, told of each step of the store and of X.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{BotId, XUserId};
use domain::ports::store::StoreError;
use domain::ports::{Me, ReadError, SendReport, TimelinePage, TimelineQuery, XApi};
use testkit::watched::Watch;

use crate::point::Failpoint;

/// Tells the point.
#[derive(Clone)]
pub(crate) struct Watcher(pub(crate) Arc<Failpoint>);

impl Watcher {
    /// X, watched.
    pub(crate) fn around(&self, x: Arc<dyn XApi>) -> WatchedX {
        WatchedX { x, point: self.0.clone() }
    }
}

impl Watch for Watcher {
    fn before(&self, step: &'static str) -> Result<(), StoreError> {
        self.0.pass(step, "before");
        Ok(())
    }

    fn after(&self, step: &'static str) {
        self.0.pass(step, "after");
    }
}

/// X, and the point that hears of each request.
pub(crate) struct WatchedX {
    x: Arc<dyn XApi>,
    point: Arc<Failpoint>,
}

impl WatchedX {
    async fn watch<T>(&self, step: &'static str, answer: impl Future<Output = T> + Send) -> T {
        self.point.pass(step, "before");
        let answer = answer.await;
        self.point.pass(step, "after");
        answer
    }
}

#[async_trait]
impl XApi for WatchedX {
    fn has_keys(&self, bot: &BotId) -> bool {
        self.x.has_keys(bot)
    }

    async fn refresh_keys(&self) {
        self.x.refresh_keys().await;
    }

    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        self.watch("create_post", self.x.create_post(bot, text)).await
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        self.watch("me", self.x.me(bot)).await
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        self.watch("timeline", self.x.timeline(bot, user, query)).await
    }
}
