//! The events of the log: lines that programs may wait for, each under a name of its own that stays
//! although its words change. A rule of the house holds this table and the code together.

/// An event.
pub struct LogEvent {
    /// What the field `event` says.
    pub name: &'static str,
    /// How much it matters: `info`, `warn` or `error`; where it depends, the lesser.
    pub level: &'static str,
    /// What happened.
    pub meaning: &'static str,
}

const fn event(name: &'static str, level: &'static str, meaning: &'static str) -> LogEvent {
    LogEvent { name, level, meaning }
}

/// All of them, by name.
pub const EVENTS: &[LogEvent] = &[
    event("audit.ended", "info", "Findings of the auditor have ended."),
    event("audit.finding", "warn", "The auditor found something that is not as it should be."),
    event("backup.failed", "error", "No backup could be taken."),
    event("backup.taken", "info", "A backup was taken and read back."),
    event("budget.level", "warn", "A budget is nearly gone, gone, or has room again."),
    event("bulk.delivered", "info", "An order in bulk came back."),
    event("bulk.ordered", "info", "Posts are ordered in bulk."),
    event("clock.suspect", "error", "The clock cannot be trusted, and nothing new is sent."),
    event(
        "database.failed",
        "error",
        "The database did not answer; nothing is sent until it does.",
    ),
    event("disk.room", "warn", "The room where the database lies became little, or enough again."),
    event("feed.items", "info", "A feed has new items."),
    event("feed.silent", "warn", "A feed cannot be read."),
    event(
        "history.doubted",
        "warn",
        "Sends may have been lost with a part of the database: bots read their timelines before they post.",
    ),
    event("lease.lost", "error", "The node lost its lease, and takes a new one."),
    event("lease.not_renewed", "error", "The lease was not renewed; near its end nothing is sent."),
    event("lease.taken_over", "warn", "What a dead node had in hand is this node's now."),
    event(
        "log.lost",
        "warn",
        "Lines of the log were lost, because a reader or a disk did not take them; they are written again.",
    ),
    event("log.refused", "warn", "An end of the log takes no lines now."),
    event("node.started", "info", "The node serves: its pages answer and its engine begins."),
    event("node.stopped", "info", "The node ended, and every outcome is recorded."),
    event(
        "node.stopping",
        "info",
        "A signal came: nothing new is sent, and what is on its way is waited for.",
    ),
    event("post.adopted", "warn", "Posts that X has and the database had lost are known again."),
    event(
        "post.evergreen",
        "warn",
        "A queue was empty when a post was due, and a text of the evergreen stock goes out.",
    ),
    event("post.found", "info", "The answer to a send was lost, and its timeline shows the post."),
    event(
        "post.looked_for",
        "info",
        "A timeline was read for a lost answer, and does not settle it yet or shows that nothing arrived.",
    ),
    event(
        "post.not_published",
        "warn",
        "A send did not end with a post; the state of the slot says what comes next.",
    ),
    event("post.published", "info", "X has a post, and its answer arrived."),
    event("queue.filled", "info", "Posts were written, reviewed and queued."),
    event(
        "queue.held",
        "warn",
        "The moderation endpoint did not see texts, so they wait for a person.",
    ),
    event("queue.no_money", "warn", "No budget has room for writing."),
    event("queue.not_filled", "warn", "A model wrote nothing; the queue is tried again later."),
    event(
        "slot.needs_attention",
        "error",
        "Whether X has a post cannot be found out: a person must look.",
    ),
    event(
        "slot.set_aside",
        "error",
        "A row cannot be read, and is left alone until somebody mends it.",
    ),
    event("slot.skipped", "warn", "Slots ended without a post: their queues stayed empty."),
    event(
        "traces.refused",
        "warn",
        "The collector takes no traces now; they are left out and counted.",
    ),
    event("traces.taken", "info", "The collector takes traces again."),
    event("writer.back", "info", "A writer that had failed writes again."),
    event("writer.replaced", "warn", "A writer failed, and the next on the ladder writes."),
    event("x.answers", "info", "X answers an app again."),
    event("x.silent", "warn", "X answers none of an app's requests; one in a while asks again."),
];
