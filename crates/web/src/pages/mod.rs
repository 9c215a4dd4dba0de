//! HTML for people, a file a page.

mod board;
mod error;
mod frame;
mod overview;

pub(crate) use board::{BOARD_MAX_AGE, Board};
pub(crate) use error::{html_errors, on_panic};
pub(crate) use overview::overview;
