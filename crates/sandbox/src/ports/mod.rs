//! The first door: the ports, in process.

mod model;
mod moderation;
mod stage;
mod x;

pub use model::SandboxModel;
pub use moderation::SandboxModerator;
pub use stage::SandboxStage;
pub use x::SandboxX;
