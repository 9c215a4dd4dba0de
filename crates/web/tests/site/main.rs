//! The router in-process: what each address answers, and what it never does.

#[path = "../common/mod.rs"]
mod common;
mod site;

mod api;
mod guards;
mod health;
mod live;
mod pages;
