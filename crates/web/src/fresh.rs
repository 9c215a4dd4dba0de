//! A value that is made anew when it is too old, once for everybody who asks.
//!
//! Health is asked thousands of times a second and the board by every open page; the database
//! should notice neither. Whoever finds the value too old makes the next one while the others take
//! the old; only the very first askers wait.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio::sync::Mutex;

/// How often it was good enough as it was, and how often not.
#[derive(Clone, Default)]
pub(crate) struct Uses {
    pub(crate) hits: Counter,
    pub(crate) misses: Counter,
}

/// A shared value with an age.
pub(crate) struct Fresh<T> {
    kept: RwLock<Option<(Duration, Arc<T>)>>,
    making: Mutex<()>,
    max_age: Duration,
    uses: Uses,
}

impl<T> Fresh<T> {
    /// A value older than this many `max_age`s is not handed out while the next is being made.
    const STALE_FACTOR: u32 = 8;

    /// Nothing yet; values live `max_age`.
    pub(crate) fn new(max_age: Duration, uses: Uses) -> Self {
        Self { kept: RwLock::new(None), making: Mutex::new(()), max_age, uses }
    }

    /// The value as of `now` (monotonic), made by `make` from the one before if it is too old.
    pub(crate) async fn at(
        &self,
        now: Duration,
        make: impl AsyncFnOnce(Option<Arc<T>>) -> T,
    ) -> Arc<T> {
        if self.max_age.is_zero() {
            // Everybody counts for himself, and waits for nobody else's count.
            return self.make(now, make).await;
        }
        if let Some(value) = self.kept_within(now, self.max_age) {
            self.uses.hits.inc();
            return value;
        }
        let _turn = match self.making.try_lock() {
            Ok(turn) => turn,
            Err(_) => match self.kept_within(now, self.max_age * Self::STALE_FACTOR) {
                Some(stale) => {
                    self.uses.hits.inc();
                    return stale;
                }
                None => self.making.lock().await,
            },
        };
        // Somebody else may have made it while we waited for our turn.
        if let Some(value) = self.kept_within(now, self.max_age) {
            self.uses.hits.inc();
            return value;
        }
        self.make(now, make).await
    }

    async fn make(&self, now: Duration, make: impl AsyncFnOnce(Option<Arc<T>>) -> T) -> Arc<T> {
        self.uses.misses.inc();
        let before = self.read().as_ref().map(|(_, value)| value.clone());
        let value = Arc::new(make(before).await);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((now, value.clone()));
        value
    }

    /// The last value, however old.
    pub(crate) fn kept(&self) -> Option<Arc<T>> {
        self.read().as_ref().map(|(_, value)| value.clone())
    }

    fn kept_within(&self, now: Duration, age: Duration) -> Option<Arc<T>> {
        let kept = self.read();
        let (made_at, value) = kept.as_ref()?;
        (now.saturating_sub(*made_at) < age).then(|| value.clone())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Option<(Duration, Arc<T>)>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_value_is_made_once_for_its_whole_life() {
        let fresh = Fresh::new(SECOND, Uses::default());
        let count = AtomicU32::new(0);
        for (now_ms, wanted) in [(0, 1), (999, 1), (1000, 2), (1500, 2), (9000, 3)] {
            let make = async |_: Option<Arc<u32>>| count.fetch_add(1, Ordering::SeqCst) + 1;
            let value = fresh.at(Duration::from_millis(now_ms), make).await;
            assert_eq!(*value, wanted, "at {now_ms} ms");
        }
        assert_eq!((fresh.uses.hits.get(), fresh.uses.misses.get()), (2, 3));
    }

    #[tokio::test]
    async fn while_one_makes_it_the_others_take_the_old_one() {
        let fresh = Arc::new(Fresh::new(SECOND, Uses::default()));
        fresh.at(Duration::ZERO, async |_| 1).await;
        let release = Arc::new(Notify::new());
        let slow = {
            let (fresh, release) = (fresh.clone(), release.clone());
            async move {
                fresh
                    .at(2 * SECOND, async |before: Option<Arc<i32>>| {
                        release.notified().await;
                        before.map_or(0, |old| *old + 1)
                    })
                    .await
            }
        };
        let impatient = async {
            let old = fresh.at(2 * SECOND, async |_| 99).await;
            release.notify_one();
            old
        };
        let (new, old) = tokio::join!(slow, impatient);
        assert_eq!((*new, *old), (2, 1));
    }

    #[tokio::test]
    async fn a_maker_that_goes_away_leaves_the_turn_to_the_next() {
        let fresh = Fresh::new(SECOND, Uses::default());
        {
            let never = fresh.at(Duration::ZERO, async |_| std::future::pending::<i32>().await);
            let gave_up = tokio::time::timeout(Duration::from_millis(1), never).await;
            assert!(gave_up.is_err());
        }
        assert_eq!(*fresh.at(Duration::ZERO, async |_| 7).await, 7);
    }
}
