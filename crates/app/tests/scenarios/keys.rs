//! Keys that somebody sets while a node runs count although nothing is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use domain::model::{BotId, XUserId};
use domain::ports::{Me, ReadError, SendReport, TimelinePage, TimelineQuery, XApi};
use engine::{Engine, GrammarWriter, Settings};
use sandbox::SandboxX;

use crate::world::World;

/// X with keys that were changed so often, of which a node knows so many.
struct Keyed {
    inner: SandboxX,
    set: AtomicU64,
    known: AtomicU64,
}

#[async_trait]
impl XApi for Keyed {
    async fn refresh_keys(&self) {
        self.known.store(self.set.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        self.inner.create_post(bot, text).await
    }
    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        self.inner.me(bot).await
    }
    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        self.inner.timeline(bot, user, query).await
    }
}

#[tokio::test]
async fn a_node_with_nothing_to_send_knows_keys_that_were_set_meanwhile() {
    let world = World::new().await;
    let inner = SandboxX::new(world.x.clone());
    let x = Arc::new(Keyed { inner, set: AtomicU64::new(0), known: AtomicU64::new(0) });
    let (store, clock) = (Arc::new(world.db.clone()), Arc::new(world.clock.clone()));
    let settings = Settings::new("world-2");
    let engine = Engine::new(store, x.clone(), Arc::new(GrammarWriter), clock, settings);
    engine.start().await.unwrap();
    x.set.store(1, Ordering::Relaxed);
    engine.tick_janitor(world.now()).await.unwrap();
    assert_eq!(x.known.load(Ordering::Relaxed), 1, "with its lease");
    x.set.store(2, Ordering::Relaxed);
    engine.tick_reconciler(world.now()).await.unwrap();
    assert_eq!(x.known.load(Ordering::Relaxed), 2, "before timelines are read");
    engine.finish().await.unwrap();
    world.finish().await;
}
