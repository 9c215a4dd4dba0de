//! Defects on purpose. Each is a way in which somebody could get the protocol wrong, put between the
//! engine and its doors or into its settings, so that the product needs no switch for it. The
//! simulator must catch every one; [`catch`] shows in which seed.

mod catch;
mod kinds;
mod planted;
mod sql;

pub use catch::{Catch, catch};
pub use kinds::Bug;
pub(crate) use planted::Planted;
