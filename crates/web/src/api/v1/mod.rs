//! `/api/v1`: everything that the pages do, for programs. A file a resource; `table` gathers them, and from
//! it come both the routes and the document that describes them.

mod ask;
mod attention;
mod audit;
mod bots;
mod costs;
mod document;
mod events;
mod evergreens;
mod feeds;
mod forms;
mod house;
mod ledger;
mod moving;
mod once;
mod operation;
mod orders;
mod page;
mod personas;
mod posts;
mod queue;
mod review;
mod schedules;
mod slots;
mod story;
mod table;
mod tag;
mod tokens;
mod try_outs;
mod word;

pub(crate) use table::{document, routes};
