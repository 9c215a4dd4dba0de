//! The timeline of a PostgreSQL server: each promotion of a standby begins a new one. The newest that
//! this process saw is remembered, and a server on an older one is an old primary that came back: what
//! is written there is lost, so it is refused (fault 30).

use std::sync::atomic::{AtomicU32, Ordering};

use domain::ports::store::StoreError;
use sqlx::PgConnection;

/// What a server says of its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeline {
    /// As the log names it, which every intent is compared with in its own transaction
    /// (`{same_timeline}` in the dialect).
    Log(u32),
    /// As the control file of a server has it that does not answer that; it lags behind a promotion.
    Control(i64),
}

/// The newest timeline that this process saw.
#[derive(Debug, Default)]
pub(crate) struct Newest(AtomicU32);

impl Newest {
    /// Refuses a timeline that is older than one seen before.
    pub(crate) fn admit(&self, timeline: Timeline) -> Result<(), StoreError> {
        let Timeline::Log(number) = timeline else { return Ok(()) };
        let newest = self.0.fetch_max(number, Ordering::AcqRel).max(number);
        if number == newest {
            return Ok(());
        }
        Err(StoreError::Unavailable(format!(
            "the server is on an older timeline ({number}) than the one that this node wrote to \
             ({newest}): it is a primary from before a failover; let DATABASE_URL lead to the new \
             one, or restart this node if the older one is meant"
        )))
    }

    /// The same for a connection that was just made.
    pub(crate) async fn admit_server(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let timeline = read(connection).await;
        self.admit(timeline).map_err(|refused| sqlx::Error::Configuration(refused.into()))
    }
}

/// Asks the server; one that tells nothing at all is on no timeline.
pub(crate) async fn read(connection: &mut PgConnection) -> Timeline {
    let log: Result<(i64,), _> = sqlx::query_as(
        "SELECT CAST(('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32) AS BIGINT)",
    )
    .fetch_one(&mut *connection)
    .await;
    if let Some(number) = log.ok().and_then(|(number,)| u32::try_from(number).ok()) {
        return Timeline::Log(number);
    }
    let control: Result<(i64,), _> =
        sqlx::query_as("SELECT CAST(timeline_id AS BIGINT) FROM pg_control_checkpoint()")
            .fetch_one(&mut *connection)
            .await;
    Timeline::Control(control.map_or(0, |(number,)| number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_an_older_timeline_is_refused_and_one_that_does_not_tell_is_not() {
        let newest = Newest::default();
        for timeline in [Timeline::Log(2), Timeline::Control(0), Timeline::Log(3)] {
            assert_eq!(newest.admit(timeline), Ok(()));
        }
        let refused = newest.admit(Timeline::Log(2)).unwrap_err().to_string();
        assert!(refused.contains("an older timeline (2)") && refused.contains("(3)"), "{refused}");
        assert_eq!(newest.admit(Timeline::Log(3)), Ok(()));
    }
}
