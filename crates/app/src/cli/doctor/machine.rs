//! This machine: how many connections it allows, and whether it knows the time zones.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::finding::Finding;

/// Files and connections that a node has open besides its sends.
const FILES_BASE: u64 = 256;
/// Connections that a burst of due bots may take at once.
const SENDS_AT_ONCE_MAX: u64 = 1024;

pub(super) fn examine(bots: usize) -> Vec<Finding> {
    vec![limits(bots, getrlimit(Resource::Nofile).current), zones()]
}

fn limits(bots: usize, allowed: Option<u64>) -> Finding {
    let bots = u64::try_from(bots).unwrap_or(u64::MAX);
    let wanted = FILES_BASE + bots.min(SENDS_AT_ONCE_MAX);
    match allowed {
        None => Finding::good("limits", "open files and connections without a limit"),
        Some(allowed) if allowed >= wanted => {
            Finding::good("limits", format!("{allowed} open files and connections"))
        }
        Some(allowed) => Finding::bad(
            "limits",
            format!("{allowed} open files and connections, {wanted} are needed"),
            "raise it: `ulimit -n 4096`, or LimitNOFILE=4096 in the systemd unit",
        ),
    }
}

fn zones() -> Finding {
    let known = jiff::tz::db().available().count();
    let source = if Path::new("/usr/share/zoneinfo").is_dir() {
        "of this system"
    } else {
        "built in, because this system has none"
    };
    if known == 0 {
        return Finding::bad("time zones", "none are known", "install the package tzdata");
    }
    Finding::good("time zones", format!("{known} known, {source}"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_low_limit_of_open_files_is_found() {
        assert_eq!(limits(10, Some(1024)).outcome, Outcome::Good);
        assert_eq!(limits(10, Some(64)).outcome, Outcome::Bad);
        assert_eq!(limits(100_000, Some(1024)).outcome, Outcome::Bad);
        assert_eq!(limits(100_000, None).outcome, Outcome::Good);
    }
}
