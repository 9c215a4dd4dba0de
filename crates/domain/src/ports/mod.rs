//! What the outside must offer. One method is one step of the story and one transaction; no
//! transaction object crosses a port, so the places where a crash can happen are exactly the gaps
//! between calls.

pub mod alerts;
pub mod answers;
mod backups;
mod bulk;
mod clock;
mod credentials;
mod declarer;
mod feeds;
mod moderator;
mod node;
pub mod people;
mod sandbox;
pub mod store;
mod writer;
mod x;

pub use backups::{BackupFailed, BackupNews, Backups, Drill};
pub use bulk::{BulkAnswer, BulkError, BulkProgress, BulkRequest, BulkWriter};
pub use clock::Clock;
pub use credentials::{CredentialChange, CredentialStore, CredentialsGone, CredentialsSet};
pub use declarer::{Declarer, ExampleBot, FieldProblem, KeyPlace};
pub use feeds::{FeedDocument, FeedFailed, FeedTrouble, Feeds, Fetched, Wishes};
pub use moderator::{MODERATED_MAX, Moderated, Moderator, ModeratorError};
pub use node::{BulkSeen, LoopSeen, Node, Seen, Vitals, WriterSeen};
pub use sandbox::{Sandbox, SandboxPost, Trouble};
pub use writer::{TopicWish, Tried, WriteAnswer, WriteRequest, Writer, WriterError};
pub use x::{
    Answer, HttpAnswer, LostBecause, Me, NotSentBecause, Problem, ReadError, SendReport,
    TimelineItem, TimelinePage, TimelineQuery, XApi,
};
