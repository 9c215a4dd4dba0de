//! JSON for machines, a file a resource. What is sent and read here are this crate's own structs.

mod body;
mod docs;
mod post;
mod probes;
mod slots;
mod stats;
mod v1;

pub(crate) use docs::docs;
pub(crate) use post::post;
pub(crate) use probes::{livez, readyz};
pub(crate) use slots::slot;
pub(crate) use stats::stats;
pub(crate) use v1::routes;
