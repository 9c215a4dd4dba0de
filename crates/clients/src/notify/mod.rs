//! Telling people and programs outside: webhooks, Slack, Discord, ntfy, mail, and a dead-man's switch.
//!
//! Every address passes `FeedUrl::parse` and every name `CheckedNames`, mail servers too; redirects are never
//! followed, whatever they lead to. What a target is called in messages is its name in the configuration:
//! addresses of chat services are secrets.

mod courier;
mod post;
mod sign;
mod smtp;
mod target;
mod words;

#[cfg(test)]
mod tests;

pub use courier::TargetCourier;
pub use smtp::{MailAuthority, is_mailbox};
pub use target::{MailEncryption, MailServer, Target, TargetKind};
