//! A fake X and a fake model: one state ([`World`]) with two doors.
//!
//! The first door are the ports ([`SandboxX`], [`SandboxModel`], [`SandboxModerator`]) for demos and tests in one process;
//! the second is HTTP ([`http`]) for everything that wants to see bytes on a socket. Both ask the
//! same world, so what a test learns through one door holds for the other. The truth log
//! ([`Accepted`]) says what X really took, whatever its answers said.
//!
//! Time comes from the [`Clock`](domain::ports::Clock) port and chance from a seed, so a run can be
//! repeated.

mod account;
mod bill;
mod bulk;
mod chance;
mod duplicate;
mod faults;
pub mod http;
mod late;
mod length;
mod limits;
mod links;
mod model;
mod moderation;
mod ports;
mod problem;
mod read;
mod reply;
mod rewrite;
mod send;
mod settings;
mod snowflake;
mod timeline;
mod truth;
mod vocabulary;
mod world;

pub use account::{Account, Keys, Registration};
pub use bill::Bill;
pub use duplicate::DuplicateFilter;
pub use faults::{
    BulkFault, FaultOrder, FaultRates, ModelFault, ModerationFault, ReadFault, SendFault, Waiting,
};
pub use length::weighted_length;
pub use limits::Limits;
pub use ports::{SandboxModel, SandboxModerator, SandboxStage, SandboxX};
pub use send::Draft;
pub use settings::{Lag, SandboxSettings, Weather};
pub use timeline::StoredPost;
pub use truth::Accepted;
pub use vocabulary::{Vocabularies, Vocabulary};
pub use world::World;
