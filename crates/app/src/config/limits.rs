//! How much of the machine a node may take. What is left out follows from the limits of its control
//! group, so that a small container is not promised what it does not have.

use std::time::Duration;

use store::Sizes;

use super::parse;
use super::setting::{Kind, Setting};
use super::sources::Sources;
use crate::machine::Machine;

/// From so much memory on a node takes as much as it was measured to need.
const AMPLE_MIB: u64 = 256;

/// Backups and passwords take some for a while; reads of the file and names go on beside them.
const BLOCKING_MIN: u32 = 24;

/// How much of the machine a node may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads that do the work.
    pub workers: usize,
    /// Sends to X at the same time.
    pub sends_max: usize,
    /// Timelines read at the same time.
    pub reads_max: usize,
    /// Batches written at the same time.
    pub writes_max: usize,
    /// Feeds fetched at the same time.
    pub feeds_max: u32,
    /// Letters to one target at the same time.
    pub deliveries_max: u32,
    /// Threads for work that waits.
    pub blocking_max: usize,
    /// Connections to the pages at the same time.
    pub connections_max: usize,
    /// Pages that are kept live at the same time; each holds a connection.
    pub listeners_max: usize,
    /// How old what pages, `/health` and `/metrics` counted may be.
    pub cache_age_max: Duration,
    /// The largest body of a request, in bytes.
    pub body_bytes_max: usize,
    /// What the database may take.
    pub database: Sizes,
    /// What is kept free where it lies, in bytes; 0: nobody looks.
    pub disk_reserve_bytes: u64,
}

const fn setting(
    variable: &'static str,
    key: &'static str,
    default: Option<&'static str>,
    (meaning, example): (&'static str, &'static str),
) -> Setting {
    Setting { variable, file: Some(("limits", key)), kind: Kind::Number, default, meaning, example }
}

const WORKERS: Setting = setting(
    "FLOCKWORK_WORKERS",
    "workers",
    None,
    ("Threads that do the work. Left out: one for each processor that the node may take.", "2"),
);
const SENDS: Setting = setting(
    "FLOCKWORK_SENDS_MAX",
    "sends",
    None,
    (
        "Sends to X at the same time. Left out: 512, with less than 256 MiB of memory 2 for each MiB.",
        "512",
    ),
);
const READS: Setting = setting(
    "FLOCKWORK_READS_MAX",
    "reads",
    None,
    (
        "Timelines read at the same time. Left out: 16, with less than 256 MiB of memory 1 for each 16 MiB.",
        "16",
    ),
);
const WRITES: Setting = setting(
    "FLOCKWORK_WRITES_MAX",
    "writes",
    Some("4"),
    ("Batches that models write at the same time.", ""),
);
const FEEDS: Setting =
    setting("FLOCKWORK_FEEDS_MAX", "feeds", Some("16"), ("Feeds fetched at the same time.", ""));
const DELIVERIES: Setting = setting(
    "FLOCKWORK_DELIVERIES_MAX",
    "deliveries",
    Some("4"),
    ("Alerts and events that are delivered to one target at the same time.", ""),
);
const BLOCKING: Setting = setting(
    "FLOCKWORK_BLOCKING_MAX",
    "blocking",
    None,
    (
        "Threads at most for work that waits: reads of the SQLite file, names that are looked up, copies of\n\
         files, hashes of passwords. Left out: 128, with less than 256 MiB of memory 1 for each 2 MiB.",
        "128",
    ),
);
const CONNECTIONS: Setting = setting(
    "FLOCKWORK_CONNECTIONS_MAX",
    "connections",
    None,
    (
        "Connections to the pages at the same time. Left out: 1024, with less than 256 MiB of memory 4\n\
         for each MiB.",
        "1024",
    ),
);
const BODY: Setting = setting(
    "FLOCKWORK_BODY_KIB",
    "body_kib",
    Some("64"),
    ("The largest body of a request to the pages and the API, in KiB.", ""),
);
const LISTENERS: Setting = setting(
    "FLOCKWORK_LISTENERS_MAX",
    "listeners",
    Some("64"),
    (
        "Pages that are kept live at the same time. Each holds a connection, so never more than half of those.",
        "",
    ),
);
const CACHE_AGE: Setting = setting(
    "FLOCKWORK_CACHE_MS",
    "cache_ms",
    Some("2000"),
    (
        "How old, in milliseconds, what pages, `/health` and `/metrics` counted may be before it is counted\n\
         anew, if it is not sooner (`/health`: 500). 0 counts for every request.",
        "",
    ),
);
const SERVER_CONNECTIONS: Setting = setting(
    "FLOCKWORK_DATABASE_CONNECTIONS",
    "database_connections",
    Some("10"),
    ("Connections of this node to PostgreSQL, besides the one that hears news.", ""),
);
const FILE_READERS: Setting = setting(
    "FLOCKWORK_DATABASE_READERS",
    "database_readers",
    Some("4"),
    ("Readers of the SQLite file at the same time.", ""),
);
const FILE_CACHE: Setting = setting(
    "FLOCKWORK_DATABASE_CACHE_MIB",
    "database_cache_mib",
    None,
    (
        "Pages of the SQLite file that the writer keeps in memory, in MiB. Left out: 16, with less than\n\
         256 MiB of memory a sixteenth of it.",
        "16",
    ),
);

const DISK_RESERVE: Setting = setting(
    "FLOCKWORK_DISK_RESERVE_MB",
    "disk_reserve_mb",
    Some("100"),
    (
        "What is kept free where the SQLite file lies, in MB: with less nothing new is sent, with less than\n\
         five times as much no new texts are written. 0 keeps nothing.",
        "",
    ),
);

pub(super) const SETTINGS: &[&Setting] = &[
    &WORKERS,
    &SENDS,
    &READS,
    &WRITES,
    &FEEDS,
    &DELIVERIES,
    &BLOCKING,
    &CONNECTIONS,
    &LISTENERS,
    &BODY,
    &CACHE_AGE,
    &SERVER_CONNECTIONS,
    &FILE_READERS,
    &FILE_CACHE,
    &DISK_RESERVE,
];

impl Limits {
    pub(super) fn read(sources: &mut Sources<'_>, machine: Machine) -> Self {
        // So much for each MiB there is, and no more than where there is enough.
        let by_memory = |each: u64, least: u64| {
            let memory = machine.memory_mib.unwrap_or(AMPLE_MIB).min(AMPLE_MIB);
            u32::try_from((memory * each).max(least)).unwrap_or(u32::MAX)
        };
        let mut sized = |setting, (min, max), size: u32| {
            let found = sources.find(setting, parse::number(min, max));
            found.map_or_else(|| sources.follow(setting, size, machine), |(size, _)| size)
        };
        let workers = sized(&WORKERS, (1, 256), machine.processors.min(256));
        let sends = sized(&SENDS, (1, 4_096), by_memory(2, 16));
        let reads = sized(&READS, (1, 256), by_memory(1, 16) / 16);
        let blocking =
            sized(&BLOCKING, (BLOCKING_MIN, 512), by_memory(1, 2 * u64::from(BLOCKING_MIN)) / 2);
        let connections = sized(&CONNECTIONS, (1, 65_536), by_memory(4, 64));
        let cache_mib = sized(&FILE_CACHE, (1, 4_096), (by_memory(1, 32) / 16).max(2));
        // The pages, the engine and what is being recorded must not wait for each other.
        let server_connections = sources.read(&SERVER_CONNECTIONS, parse::number(3, 1_000)).0;
        let cache_ms = sources.read(&CACHE_AGE, parse::number(0, 2_000)).0;
        let disk_reserve_mb = sources.read(&DISK_RESERVE, parse::number(0, 1_000_000)).0;
        let mut number = |setting, max| sources.read(setting, parse::number(1, max)).0;
        Self {
            workers: workers as usize,
            sends_max: sends as usize,
            reads_max: reads as usize,
            writes_max: number(&WRITES, 64) as usize,
            feeds_max: number(&FEEDS, 256),
            deliveries_max: number(&DELIVERIES, 64),
            blocking_max: blocking as usize,
            connections_max: connections as usize,
            // Probes and people find a place beside those who only listen.
            listeners_max: number(&LISTENERS, 4_096).min(connections.div_ceil(2)) as usize,
            cache_age_max: Duration::from_millis(cache_ms.into()),
            body_bytes_max: number(&BODY, 16 * 1_024) as usize * 1_024,
            database: Sizes {
                server_connections,
                file_readers: number(&FILE_READERS, 64),
                file_cache_kib: cache_mib * 1_000,
            },
            disk_reserve_bytes: u64::from(disk_reserve_mb) * 1_000_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::*;

    fn limits(machine: Machine, variables: &[(&str, &str)]) -> (Limits, Vec<String>) {
        let environment: Environment = variables.iter().copied().collect();
        let mut sources = Sources::open(&environment, None, &["limits"]);
        let limits = Limits::read(&mut sources, machine);
        let (problems, shown) = sources.finish();
        let mut said: Vec<String> = shown
            .iter()
            .map(|one| format!("{}={} {}", one.variable, one.value, one.place))
            .collect();
        said.extend(problems.as_slice().iter().map(|problem| problem.allowed.clone()));
        (limits, said)
    }

    #[test]
    fn a_small_container_is_promised_little_and_a_large_machine_what_was_measured() {
        let large = limits(Machine { processors: 8, memory_mib: Some(32_768) }, &[]).0;
        assert_eq!((large.workers, large.sends_max, large.connections_max), (8, 512, 1_024));
        assert_eq!((large.reads_max, large.blocking_max), (16, 128));
        assert_eq!(large.database, Sizes::default());
        let unknown = limits(Machine { processors: 1, memory_mib: None }, &[]).0;
        assert_eq!(unknown, Limits { workers: 1, ..large });
        let small = limits(Machine { processors: 1, memory_mib: Some(64) }, &[]).0;
        assert_eq!((small.workers, small.sends_max, small.connections_max), (1, 128, 256));
        assert_eq!((small.reads_max, small.blocking_max), (4, 32));
        assert_eq!(small.database.file_cache_kib, 4_000);
        let tiny = limits(Machine { processors: 1, memory_mib: Some(4) }, &[]).0;
        assert_eq!((tiny.sends_max, tiny.database.file_cache_kib), (16, 2_000));
        assert_eq!((tiny.reads_max, tiny.blocking_max), (1, 24));
    }

    #[test]
    fn what_is_set_holds_and_is_shown_with_its_place() {
        let machine = Machine { processors: 2, memory_mib: Some(512) };
        let variables = [("FLOCKWORK_SENDS_MAX", "7"), ("FLOCKWORK_BODY_KIB", "0")];
        let (limits, said) = limits(machine, &variables);
        assert_eq!((limits.sends_max, limits.body_bytes_max), (7, 65_536));
        let holds = |line: &str| assert!(said.iter().any(|said| said == line), "{line}: {said:?}");
        holds("FLOCKWORK_SENDS_MAX=7 FLOCKWORK_SENDS_MAX");
        holds("FLOCKWORK_WORKERS=2 default for 2 processors and 512 MiB of memory");
        holds("a whole number from 1 to 16384");
    }
}
