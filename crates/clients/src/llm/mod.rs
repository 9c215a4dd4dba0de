//! A model behind the OpenAI-compatible chat completions API, and a moderation endpoint.
//!
//! "Compatible" is a wide word: servers leave fields out, send numbers for texts, answer an error
//! with 200, refuse parameters that others demand. So [`ModelClient`] asks for the most, drops what
//! a server refuses and remembers it, and reads every answer field by field.

mod answer;
mod bulk;
mod capabilities;
mod chat;
mod error;
mod harvest;
mod models;
mod moderation;
mod server;
mod wait;
mod wire;

pub use chat::{ModelClient, ModelSettings};
pub use models::ListedModel;
pub use moderation::ModerationClient;
