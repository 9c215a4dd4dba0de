//! HTML for people, a file a page.

mod access;
mod approvals;
mod attention;
mod board;
mod calendar;
mod done;
mod error;
mod find;
mod forms;
mod frame;
mod overview;
mod post;
mod queue;
mod sandbox;
mod table;

pub(crate) use access::{login, welcome};
pub(crate) use board::{BOARD_MAX_AGE, Board};
pub(crate) use error::{html_errors, on_panic};
pub(crate) use table::{deciding, house, reading, writing};
