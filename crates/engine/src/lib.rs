//! The ticks: bounded, repeatable steps that read the clock once, decide by the rules and act
//! through the ports. Only [`runner`] sleeps and starts tasks, so a test can drive every tick.

mod alerts;
mod auditor;
mod beside;
mod bulk;
mod engine;
mod evergreens;
mod feeds;
mod generator;
mod grammar_writer;
mod house_clock;
mod janitor;
mod keeper;
mod ladder;
mod metrics;
mod moderation;
mod publisher;
mod reconciler;
mod repairing_writer;
mod runner;
mod scheduler;
mod settings;
mod thrifty_writer;
mod try_outs;
mod vitals;

pub use alerts::{AlertPace, Alerting, JudgeReport, TellReport};
pub use auditor::AuditorReport;
pub use beside::{beside, beside_others};
pub use bulk::{Bulk, BulkReport};
pub use engine::Engine;
pub use feeds::FeedsReport;
pub use generator::GeneratorReport;
pub use grammar_writer::{GrammarWriter, cannot_read};
pub use house_clock::HouseClock;
pub use janitor::{JanitorReport, Start};
pub use keeper::{KeeperReport, Keeping};
pub use ladder::Ladder;
pub use metrics::Metrics;
pub use moderation::{Looked, Moderation};
pub use publisher::{Batch, Delivery};
pub use reconciler::ReconcilerReport;
pub use repairing_writer::RepairingWriter;
pub use runner::{Pulse, RunError, Runner};
pub use scheduler::SchedulerReport;
pub use settings::Settings;
pub use thrifty_writer::ThriftyWriter;
