//! HTML for people, a file a page.

mod access;
mod alerts;
mod analytics;
mod approvals;
mod attention;
mod board;
mod bots;
mod calendar;
mod costs;
mod done;
mod error;
mod find;
mod first;
mod forms;
mod frame;
mod overview;
mod period;
mod post;
mod queue;
mod sandbox;
mod table;
mod waits;

pub(crate) use access::{login, welcome};
pub(crate) use board::{BOARD_MAX_AGE, Board};
pub(crate) use error::{html_errors, on_panic};
pub(crate) use forms::page;
pub(crate) use frame::{Frame, Section};
pub(crate) use table::{deciding, house, reading, writing};
pub(crate) use waits::count_waits;
