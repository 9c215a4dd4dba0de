//! HTML for people, a file a page.

mod access;
mod approvals;
mod attention;
mod board;
mod bots;
mod done;
mod error;
mod find;
mod first;
mod forms;
mod frame;
mod overview;
mod queue;
mod sandbox;
mod table;

pub(crate) use access::{login, welcome};
pub(crate) use board::{BOARD_MAX_AGE, Board};
pub(crate) use error::{html_errors, on_panic};
pub(crate) use table::{deciding, house, reading, writing};
