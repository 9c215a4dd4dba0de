//! What every database must do, run on both. A file per port; names say what must hold.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod approvals;
mod aside;
mod at_once;
mod attempts;
mod attention;
mod audit;
mod backups;
mod bots;
mod budgets;
mod bulk;
mod calendar;
mod evergreens;
mod feeds;
mod last_cent;
mod live;
mod migrations;
mod moving;
mod near;
mod nodes;
mod opening;
mod order;
mod origins;
mod people;
mod plans;
mod posts;
mod races;
mod read;
mod reconcile;
mod refusing;
mod restoring;
mod schema;
mod server;
mod settle;
mod shared;
mod slots;
mod speed;
mod steps;
mod story;
mod world;
mod zones;
