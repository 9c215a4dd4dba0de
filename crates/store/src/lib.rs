//! SQLite and PostgreSQL behind the ports of `domain::ports::store`.
//!
//! One SQL text serves both engines; `dialect` holds the few fragments that differ. One file per
//! noun holds its SQL; `row` reads columns, `rows` turns them into domain types and is the only file that
//! can say "corrupt"; `sqlite` is how a file is worked on; `fault` says what the engines' errors mean;
//! `open` refuses what is not ours.

mod alerts;
mod answers;
mod approvals;
mod arg;
mod aside;
mod attempts;
mod attention;
mod audit;
pub mod backup;
mod batch;
mod bots;
mod breakers;
mod budgets;
mod bulk;
mod calendar;
mod credentials;
mod db;
mod dialect;
mod drops;
mod endings;
mod events;
mod evergreens;
mod fault;
mod feeds;
mod figures;
mod file;
mod identity;
mod keys;
mod ledger;
mod lent;
mod lists;
mod lock;
mod lost;
mod manner;
mod meta;
mod news;
mod nodes;
mod notices;
mod open;
mod origins;
mod people;
mod posts;
mod read;
mod receipts;
mod registry;
mod restore;
mod row;
mod rows;
pub mod seal;
mod seed;
mod sizes;
mod slots;
mod sqlite;
mod stats;
mod stock;
mod story;
mod strangers;
mod text;
mod timeline;
mod traced;
mod transfer;
mod try_outs;

pub use db::Db;
pub use keys::{KeyUse, Resealed, Resealing};
pub use open::{OpenError, Opening, Role};
pub use registry::{SqlText, sql_texts};
pub use restore::{RestoreError, Restored, restore};
pub use seed::{PastPost, SeedBot, SeedDatabase, SeedError, SeedPost};
pub use sizes::Sizes;
pub use traced::register as register_statements;
pub use transfer::{MovedTable, Moving, TransferError, Transferred, transfer};
