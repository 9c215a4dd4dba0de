//! The first door: the ports, in process.

mod model;
mod x;

pub use model::SandboxModel;
pub use x::SandboxX;
