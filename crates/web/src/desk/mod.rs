//! What people and programs do, said once: a page tells the refusal as a sentence, the API as a problem
//! with a code.

pub(crate) mod bots;
pub(crate) mod evergreens;
mod no;
mod posts;
mod slots;

pub(crate) use no::No;
pub(crate) use posts::{
    Added, MANY_MAX, REASON_CHARS_MAX, Seen, Words, add, approve, edit, reject, remove, unchanged,
};
pub(crate) use slots::settle;
