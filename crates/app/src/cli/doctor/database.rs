//! The database, and the disk it lies on.

use std::path::Path;

use domain::ports::Clock;
use domain::ports::store::{NodeStore as _, ReadStore as _};
use store::{Db, Role};

use super::super::words::told_apart;
use super::finding::Finding;
use crate::config::DatabaseLocation;

/// Below this a node stops sending: outcomes must always find room.
const FREE_BYTES_MIN: u64 = 100 * 1024 * 1024;
/// Below this someone should look.
const FREE_BYTES_LOOK: u64 = 500 * 1024 * 1024;
/// Clocks of nodes and server may differ by this.
const SKEW_SECS_MAX: i64 = 5;

pub(super) async fn examine(location: &DatabaseLocation, clock: &dyn Clock) -> Vec<Finding> {
    match location {
        DatabaseLocation::Sqlite(path) => {
            let mut findings = disk(Path::new(path));
            if Path::new(path).exists() {
                findings.push(opened(location, clock).await);
            } else {
                let detail = format!("{path} is not there yet; the first start creates it");
                findings.push(Finding::good("database", detail));
            }
            findings
        }
        DatabaseLocation::Postgres(_) => vec![opened(location, clock).await],
    }
}

async fn opened(location: &DatabaseLocation, clock: &dyn Clock) -> Finding {
    let place = location.place();
    let db = match Db::open(place, Role::Tool).await {
        Ok(db) => db,
        Err(error) => {
            let message = error.to_string();
            let (detail, mend) = told_apart(&message);
            return Finding::bad("database", detail, mend);
        }
    };
    let finding = answers(&db, clock).await;
    db.close().await;
    match finding {
        Ok(Some(skew)) => skew,
        Ok(None) if Db::is_locked_by_node(place) => {
            Finding::good("database", "opens, is up to date and whole; a node works on it")
        }
        Ok(None) => Finding::good("database", "opens, is up to date and whole"),
        Err(error) => Finding::bad("database", error.to_string(), "look at the server's log"),
    }
}

/// Whether it answers, and as of the same time.
async fn answers(
    db: &Db,
    clock: &dyn Clock,
) -> Result<Option<Finding>, domain::ports::store::StoreError> {
    db.ping().await?;
    let Some(server) = db.database_time().await? else { return Ok(None) };
    let skew = clock.now().duration_since(server).as_secs();
    Ok((skew.abs() > SKEW_SECS_MAX).then(|| {
        let detail = format!("its clock and this machine's differ by {} s", skew.abs());
        Finding::bad("database", detail, "set both clocks by NTP")
    }))
}

/// The folder that is there, or the nearest one above that must hold it.
fn disk(path: &Path) -> Vec<Finding> {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let shown = folder.display();
    if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err() {
        let mend = "give it to this user, or set DATABASE_PATH to another place";
        return vec![Finding::bad("disk", format!("{shown} cannot be written"), mend)];
    }
    match rustix::fs::statvfs(folder) {
        Ok(facts) => vec![room(facts.f_bavail.saturating_mul(facts.f_frsize))],
        Err(error) => {
            let detail = format!("the room on {shown} cannot be told: {error}");
            vec![Finding::doubtful("disk", detail, "look at `df`")]
        }
    }
}

fn room(free: u64) -> Finding {
    let detail = format!("{} MB free", free / 1_000_000);
    if free < FREE_BYTES_MIN {
        return Finding::bad("disk", detail, "make room: below 100 MB nothing is sent");
    }
    if free < FREE_BYTES_LOOK {
        return Finding::doubtful("disk", detail, "make room soon");
    }
    Finding::good("disk", detail)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_full_disk_is_told_in_time() {
        for (free, outcome) in [
            (10_000_000_000, Outcome::Good),
            (300_000_000, Outcome::Doubtful),
            (1_000_000, Outcome::Bad),
        ] {
            assert_eq!(room(free).outcome, outcome);
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_ours_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(
            &path,
            "not a database, but longer than a header of a hundred bytes would be: ".repeat(3),
        )
        .unwrap();
        let location = DatabaseLocation::Sqlite(path.display().to_string());
        let clock = testkit::TestClock::at(testkit::at("2026-11-23T12:00:00Z"));
        let findings = examine(&location, &clock).await;
        let finding = findings.iter().find(|finding| finding.area == "database").unwrap();
        assert_eq!(finding.outcome, Outcome::Bad, "{finding:?}");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("not a database"));
    }
}
