//! The last line: what this node is made of and when each part last worked.

use askama::Template;
use domain::ports::Seen;
use jiff::Timestamp;

use super::time::Moment;
use crate::snapshot::Pulse;

/// The line.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/foot.html")]
pub(crate) struct Foot {
    version: String,
    started: Moment,
    parts: Vec<Part>,
    nodes: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct Part {
    name: &'static str,
    ok: Option<Moment>,
    error: Option<String>,
    unused: &'static str,
}

impl Foot {
    pub(crate) fn of(pulse: &Pulse, version: &str) -> Self {
        let database = match &pulse.house {
            Ok(_) => pulse.vitals.database.clone(),
            Err(silence) => {
                let error = Some(silence.why.to_owned());
                Seen { ok_at: pulse.vitals.database.ok_at, error }
            }
        };
        let nodes = pulse.house.iter().flat_map(|house| &house.nodes);
        Self {
            version: version.to_owned(),
            started: Moment::relative(pulse.started_at, pulse.now),
            parts: vec![
                Part::of("Database", &database, "not used yet", pulse.now),
                Part::of("X", &pulse.vitals.x, "not asked yet", pulse.now),
                Part::of("Model", &pulse.vitals.model, "not asked", pulse.now),
            ],
            nodes: nodes.map(|line| line.node.clone()).collect(),
        }
    }
}

impl Part {
    fn of(name: &'static str, seen: &Seen, unused: &'static str, now: Timestamp) -> Self {
        let ok = seen.ok_at.map(|at| Moment::relative(at, now));
        Self { name, ok, error: seen.error.clone(), unused }
    }
}
