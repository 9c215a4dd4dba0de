//! The second door: HTTP, as X and an OpenAI-compatible server speak it, plus `/_sandbox/…` to
//! look behind the scenes.
//!
//! The wire says "tweet" where Flockwork says "post".

mod answer;
mod broken;
mod bulk;
mod caller;
mod control;
mod model;
mod moderation;
mod oauth;
mod pace;
mod query;
mod routes;
mod tweets;
mod users;

pub use routes::{router, serve};
