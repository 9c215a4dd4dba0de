//! The simulator: many bots, one to three nodes, one database and a hostile X, for years in minutes.
//!
//! The engine, the rules and the SQL are the real ones; time, chance, the network and X are not, so a
//! run is a function of its seed. [`director`] drives an episode that [`plan`] drew, through the doors
//! of [`door`]; [`oracle`] judges what [`history`] says; [`bugs`] puts defects in between, which the
//! oracle must find. A tool for developers: no package has it.

mod arguments;
mod bugs;
mod clock;
mod dice;
mod director;
mod door;
mod executor;
mod history;
mod oracle;
mod place;
mod plan;
mod report;
mod run;
mod shrink;
mod stopwatch;

pub use arguments::{Task, USAGE, task};
pub use bugs::{Bug, Catch, catch};
pub use history::{Entry, Event, Look, StoredAttempt, Told};
pub use oracle::Violation;
pub use plan::Size;
pub use report::{tell, tell_catch};
pub use run::{Ended, FAULT_CLASSES, Failure, Figures, Order, Verdict, run};
