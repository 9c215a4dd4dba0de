//! One trial: a flock in the care of nodes that are ill-treated, an X that loses answers, and what
//! must be true when it is over.

use serde_json::json;

use super::oracle::{gaps, objections};
use super::sandbox::Truth;
use super::{Home, Record, Sandbox, millis_now};

/// A bot: every how many seconds it is due, and how many after the full minute.
#[derive(Clone, Debug)]
pub struct Pace {
    name: String,
    every_secs: i64,
    offset_secs: i64,
}

/// Eight bots, each due every two seconds: seldom enough that a slot which waited for a lost answer
/// finds a moment between the others of its bot.
pub fn eight() -> Vec<Pace> {
    flock(8, 2)
}

/// So many bots, each due every so many seconds, and not all of them at the same.
pub fn flock(bots: i64, every_secs: i64) -> Vec<Pace> {
    let pace = |number| Pace {
        name: format!("bot{number}"),
        every_secs,
        offset_secs: number % every_secs,
    };
    (0..bots).map(pace).collect()
}

/// A flock, its home and its X.
pub struct Trial {
    /// Where its nodes live.
    pub home: Home,
    /// X.
    pub sandbox: Sandbox,
    bots: Vec<Pace>,
}

impl Trial {
    /// A new home and a new X. An answer takes a moment, so that whatever is done to a node is likely
    /// to fall between a send and its answer; and nothing but Flockwork stands between a post and
    /// its double.
    pub fn new(bots: Vec<Pace>, profile: &str) -> Self {
        Self::with(bots, profile, &["--no-duplicate-filter"])
    }

    /// The same with an X of these arguments.
    pub fn with(bots: Vec<Pace>, profile: &str, args: &[&str]) -> Self {
        let mut home = Home::new();
        let manners = ["--no-limits", "--latency", "120ms", "--seed", "7"];
        let sandbox = Sandbox::start(home.path(), &[&manners, args].concat());
        home.set_sandbox(&sandbox);
        home.set("FLOCKWORK_RECONCILE_PROFILE", profile);
        for Pace { name, every_secs, offset_secs } in &bots {
            home.add_bot(&sandbox, name, &format!("{offset_secs}-59/{every_secs} * * * * *"));
        }
        Self { home, sandbox, bots }
    }

    /// From now on X loses three answers in ten, two of them after it took the post.
    pub fn lose_answers(&self) {
        self.sandbox.set_rates(&json!({ "send": [
            [120, { "kind": "accept_then_close" }],
            [100, { "kind": "close_before_accept" }],
            [80, { "kind": "accept_then_status", "status": 503 }],
        ]}));
    }

    /// Calms X and waits until all that was due has an outcome, at most so many seconds. Nodes must
    /// be running. Returns the moment up to which it was due.
    pub fn settle(&self, secs: u64) -> i64 {
        self.sandbox.calm();
        let settled_by = millis_now();
        self.home.settle(settled_by, secs);
        settled_by
    }

    /// What came of it, once all nodes have stopped; fails with everything that speaks against it.
    pub fn verdict(&self, settled_by: i64) -> Verdict {
        let (truth, record) = (self.sandbox.truth(), self.home.record());
        let mut found = objections(&truth, &record, settled_by);
        for Pace { name, every_secs, .. } in &self.bots {
            found.extend(gaps(&record, name, every_secs * 1_000, settled_by));
        }
        assert!(found.is_empty(), "{} objections:\n{}", found.len(), found.join("\n"));
        assert_eq!(record.open(), 0, "something is on its way after a clean stop");
        Verdict { truth, record }
    }
}

/// A trial that was withstood: nothing was posted twice, and nothing was lost.
pub struct Verdict {
    /// What X took.
    pub truth: Vec<Truth>,
    /// What the database says of it.
    pub record: Record,
}

impl Verdict {
    /// Posts that X took.
    pub fn posts(&self) -> usize {
        self.truth.len()
    }

    /// Answers that X's faults hid.
    pub fn hidden(&self) -> usize {
        self.truth.iter().filter(|post| post.hidden_by.is_some()).count()
    }

    /// Posts found on the timeline.
    pub fn adopted(&self) -> usize {
        self.record.adopted()
    }

    /// Sends proven never to have arrived.
    pub fn absent(&self) -> usize {
        self.record.attempts_in("absent")
    }
}
