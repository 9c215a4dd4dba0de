//! What things are, one noun a file.

pub mod access;
mod alert;
mod approval;
mod attempt;
mod bot;
mod bot_file;
mod bot_form;
mod budget;
mod bulk;
mod candidate;
mod credentials;
mod feed;
mod finding;
mod go_live;
mod happening;
mod lateness;
mod lease;
mod money;
mod opinion;
mod persona;
mod policy;
mod post;
mod quota;
mod reach;
mod receipt;
mod schedule;
mod secret;
mod share;
mod slot;
mod stats;
mod topic;
mod trace;
mod try_out;
mod words;

pub use alert::{AlertId, AlertRule, News, OpenAlert, Raised, Severity, TargetName};
pub use approval::{Approval, ApprovalMode, ApprovalVerdict, Consent};
pub use attempt::{Attempt, AttemptId, AttemptState, PayloadHash};
pub use bot::{Bot, BotId, BotIdError, BotState, ManagedBy, QueueLimits, StateReason};
pub use bot_file::BotFile;
pub use bot_form::{BETWEEN_EXAMPLES, BotForm, FORM_CAPS, FORM_SCHEDULES_MAX};
pub use budget::{
    Budget, BudgetShut, Budgets, Caps, Purse, PurseCaps, ReservationId, Scope, day_after,
    month_after, start_of, utc_day,
};
pub use bulk::{BulkId, BulkStage};
pub use candidate::{Candidate, GRAMMAR, GenerationUsage};
pub use credentials::{Credentials, KeptCredentials};
pub use feed::{
    FEEDS_MAX, Feed, FeedId, FeedItem, FeedReach, FeedUrl, FeedUrlError, ItemId, Telling,
    Validators, is_public, is_within_reach,
};
pub use finding::{Finding, FindingId, FindingKind, OpenFinding};
pub use go_live::{GoLive, GoLiveItem};
pub use happening::{HAPPENINGS, Happening, Wanted, happening};
pub use lateness::Lateness;
pub use lease::{Fence, Lease};
pub use money::{MicroUsd, MoneyError};
pub use opinion::Opinion;
pub use persona::{MAX_LENGTH_DEFAULT, Persona, PersonaVersion, ReadingLevel};
pub use policy::{LinkPolicy, Policy, PolicyHash};
pub use post::{ContentHash, EVERGREEN, EvergreenId, Post, PostId, PostState};
pub use quota::{Quotas, RateLimits, RateWindow};
pub use reach::{AppReach, Reach};
pub use receipt::{Receipt, XPostId, XPostIdError, XUserId};
pub use schedule::{Cron, CronError, OnMiss, QuietHours, Schedule, ScheduleId, ScheduleName};
pub use secret::Secret;
pub use share::Share;
pub use slot::{
    AttentionReason, FailReason, Fold, SkipReason, Slot, SlotId, SlotPhase, SlotState,
    SlotStateError,
};
pub use stats::BotStats;
pub use topic::{Topic, WEIGHT_MAX};
pub use trace::TraceId;
pub use try_out::{TriedFinding, TriedText, TryOutId, TryOutState};
