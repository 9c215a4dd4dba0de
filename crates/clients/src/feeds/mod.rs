//! Feeds of strangers: fetched by an address that people give us ([`FeedClient`]), which must never
//! lead into our own network, and read without trusting a byte of them.

mod charset;
mod client;
mod date;
mod parse;
mod sniff;
mod verdict;

pub use client::FeedClient;
