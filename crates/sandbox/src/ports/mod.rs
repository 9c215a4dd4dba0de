//! The first door: the ports, in process.

mod model;
mod moderation;
mod x;

pub use model::SandboxModel;
pub use moderation::SandboxModerator;
pub use x::SandboxX;
