//! `flockwork`, and points at which it dies when told: before and after each step of its ports,
//! because those are the places where a crash can happen. A program of its own, so that the one that
//! people run does not hold a word of this.

mod point;
mod watch;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use flockwork::Parts;
use testkit::watched::Watched;

use point::Failpoint;
use watch::Watcher;

/// After `sysexits.h`: used in a wrong way.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    match Failpoint::of_process() {
        Ok(point) => flockwork::run(Box::new(|parts| dressed(parts, point))),
        Err(wrong) => {
            // Nobody hears it where standard error is closed, and the number still tells.
            let _ = writeln!(std::io::stderr(), "error: {wrong}");
            ExitCode::from(USAGE)
        }
    }
}

fn dressed(parts: Parts, point: Option<Failpoint>) -> Parts {
    let Some(point) = point else { return parts };
    let watcher = Watcher(Arc::new(point));
    Parts {
        store: Arc::new(Watched::new(parts.store, watcher.clone())),
        x: Arc::new(watcher.around(parts.x)),
        ..parts
    }
}
