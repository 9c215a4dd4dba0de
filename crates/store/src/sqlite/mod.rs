//! SQLite files, by way of `rusqlite`: one connection that writes, a few that read.
//!
//! SQLite answers by computing, and a commit waits for the disk, so none of it happens on a thread that
//! serves others: the writer has a thread of its own ([`seat`]), readers borrow one that may block. Who
//! has nobody to keep waiting, as the simulator, has it all done on the spot.

mod connections;
mod line;
mod readers;
mod schema;
mod seat;
mod statement;
mod turn;

pub(crate) use connections::Connections;
pub(crate) use line::{Line, Use, connect};
pub(crate) use readers::Readers;
pub(crate) use schema::bring_up;
pub(crate) use seat::{Seat, Where};
pub(crate) use statement::{Bound, Raw, bound, rows, rows_of_each, run, run_each};
pub(crate) use turn::Turn;
