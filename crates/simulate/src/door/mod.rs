//! The two doors through which a node sees the world: the store and X. Both log what goes through,
//! both may fail as the plan says, and at both a node can die.

mod forward;
mod life;
mod pace;
mod roads;
mod store;
mod trouble;
mod x;

pub(crate) use life::Life;
pub(crate) use pace::Pace;
pub(crate) use roads::Roads;
pub(crate) use store::{StoreDoor, StoreDoorParts};
pub(crate) use trouble::Troubles;
pub(crate) use x::{XDoor, XDoorParts};
