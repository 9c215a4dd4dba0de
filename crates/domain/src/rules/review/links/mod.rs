//! What X turns into a link.
//!
//! Source: the URL rules of `twitter-text`, as X publishes them. `example.com` without a protocol
//! is a link too: it weighs 23, and a post with a link costs 13 times one without.

mod domain;
mod path;
mod scan;

pub use scan::links;
