//! What tests of every crate share: a clock that stands still, and builders that take only what the
//! test is about. A dev-dependency, never a dependency.

mod clock;
mod make;
pub mod pair;
pub mod pooler;
pub mod postgres;
mod proof;
pub mod watched;

pub use clock::TestClock;
pub use make::{at, bot, persona, schedule};
pub use proof::Proof;
