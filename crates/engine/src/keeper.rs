//! Backups by the clock: is one due, take it, let old ones go.

use std::sync::Arc;
use std::time::Duration;

use domain::ports::{BackupFailed, Backups};
use domain::rules::backups::{Plan, last, to_let_go, until_due};
use jiff::{SignedDuration, Timestamp};

use crate::Engine;

/// One that failed is tried again this soon.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// And looked for this often at most and at least, because commands take backups too.
const LOOK_MIN: SignedDuration = SignedDuration::from_secs(1);
const LOOK_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Where backups are kept, and by which plan.
#[derive(Clone)]
pub struct Keeping {
    /// Where.
    pub backups: Arc<dyn Backups>,
    /// How often, and how long.
    pub plan: Plan,
}

/// What a tick of the keeper did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeeperReport {
    /// When the last good backup was taken.
    pub last: Option<Timestamp>,
    /// When the oldest was taken that is kept.
    pub since: Option<Timestamp>,
    /// One was due, and was taken.
    pub has_taken: bool,
    /// Old ones that nothing keeps any more.
    pub let_go: usize,
}

impl Engine {
    /// An engine that keeps backups.
    #[must_use]
    pub fn with_backups(mut self, keeping: Keeping) -> Self {
        self.vitals.keeps_backups(keeping.plan.every);
        self.keeping = Some(keeping);
        self
    }

    /// Takes a backup where one is due. Sends do not wait for it, and it does not wait for copies.
    pub async fn tick_keeper(&self, now: Timestamp) -> Result<KeeperReport, BackupFailed> {
        let Some(keeping) = &self.keeping else { return Ok(KeeperReport::default()) };
        let kept = keep(keeping, now).await;
        match &kept {
            Ok(report) => {
                self.vitals.backup(Ok(report.last));
                self.vitals.backups_since(report.since);
                if report.has_taken {
                    self.to_carry.notify_one();
                }
            }
            Err(error) => {
                tracing::error!(
                    event = "backup.failed",
                    "There is no new backup, and the next try is in ten minutes: {error}"
                );
                self.vitals.backup(Err(error.to_string()));
            }
        }
        self.tell_news(keeping).await;
        kept
    }

    /// How long the keeper waits for its next look, after one at `now`.
    pub(crate) fn until_keeper(
        &self,
        looked: &Result<KeeperReport, BackupFailed>,
        now: Timestamp,
    ) -> Option<Duration> {
        let plan = &self.keeping.as_ref()?.plan;
        let wait = match looked {
            Ok(report) => until_due(report.last, now, plan).clamp(LOOK_MIN, LOOK_MAX),
            Err(_) => TRY_AGAIN,
        };
        Some(Duration::try_from(wait).unwrap_or_default())
    }
}

async fn keep(keeping: &Keeping, now: Timestamp) -> Result<KeeperReport, BackupFailed> {
    let Keeping { backups, plan } = keeping;
    let known = backups.taken().await?;
    let before = last(&known, now);
    if !until_due(before, now, plan).is_zero() {
        let since = known.into_iter().min();
        return Ok(KeeperReport { last: before, since, ..KeeperReport::default() });
    }
    backups.take(now).await?;
    let taken = backups.taken().await?;
    let gone = to_let_go(&taken, now, plan);
    backups.let_go(&gone).await?;
    let since = taken.iter().filter(|at| !gone.contains(at)).min().copied();
    let (last, let_go) = (last(&taken, now), gone.len());
    let report = KeeperReport { last, since, has_taken: true, let_go };
    tracing::info!(
        event = "backup.taken",
        backups.let_go = report.let_go,
        "Took a backup and read it back"
    );
    Ok(report)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use domain::ports::BackupNews;
    use testkit::at;

    use super::*;

    /// A shelf in memory, and whether it is full.
    #[derive(Default)]
    struct Shelf(Mutex<(Vec<Timestamp>, bool)>);

    #[async_trait]
    impl Backups for Shelf {
        async fn taken(&self) -> Result<Vec<Timestamp>, BackupFailed> {
            Ok(self.0.lock().expect("not poisoned").0.clone())
        }
        async fn take(&self, now: Timestamp) -> Result<(), BackupFailed> {
            let mut mine = self.0.lock().expect("not poisoned");
            if mine.1 {
                return Err(BackupFailed("the disk is full".to_owned()));
            }
            mine.0.push(now);
            Ok(())
        }
        async fn let_go(&self, gone: &[Timestamp]) -> Result<(), BackupFailed> {
            self.0.lock().expect("not poisoned").0.retain(|taken| !gone.contains(taken));
            Ok(())
        }
        async fn news(&self) -> Result<BackupNews, BackupFailed> {
            Ok(BackupNews::default())
        }
        async fn carry(&self) -> Result<(), BackupFailed> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn one_is_taken_at_the_start_and_then_when_it_is_due_and_old_ones_go() {
        let shelf = Arc::new(Shelf::default());
        let plan = Plan { every: SignedDuration::from_hours(24), daily: 2, weekly: 0 };
        let keeping = Keeping { backups: shelf.clone(), plan };
        let start = at("2026-11-23T08:00:00Z");
        for (hours, has_taken, let_go) in
            [(0, true, 0), (23, false, 0), (24, true, 0), (48, true, 1), (49, false, 0)]
        {
            let now = start + SignedDuration::from_hours(hours);
            let report = keep(&keeping, now).await.expect("the shelf has room");
            assert_eq!((report.has_taken, report.let_go), (has_taken, let_go), "{hours} h");
        }
        // A full shelf loses nothing that is on it.
        shelf.0.lock().expect("not poisoned").1 = true;
        let before = shelf.taken().await;
        keep(&keeping, start + SignedDuration::from_hours(90)).await.expect_err("it is full");
        assert_eq!(shelf.taken().await, before);
    }
}
