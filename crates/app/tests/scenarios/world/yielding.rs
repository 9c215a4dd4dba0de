//! X with an await point before and after every call, so that a crash can happen between the stored
//! intent and the send, and between X's acceptance and the stored outcome.

use async_trait::async_trait;
use domain::model::{BotId, XUserId};
use domain::ports::{Me, ReadError, SendReport, TimelinePage, TimelineQuery, XApi};
use tokio::task::yield_now;

pub struct Yielding<X>(pub X);

#[async_trait]
impl<X: XApi> XApi for Yielding<X> {
    fn has_keys(&self, bot: &BotId) -> bool {
        self.0.has_keys(bot)
    }

    async fn refresh_keys(&self) {
        self.0.refresh_keys().await;
    }

    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        yield_now().await;
        let report = self.0.create_post(bot, text).await;
        yield_now().await;
        report
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        yield_now().await;
        let me = self.0.me(bot).await;
        yield_now().await;
        me
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        yield_now().await;
        let page = self.0.timeline(bot, user, query).await;
        yield_now().await;
        page
    }
}
