//! The fields of a line of the log, with their units. A rule of the house holds this table and the code
//! together.

/// A field.
pub struct LogField {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn field(name: &'static str, meaning: &'static str) -> LogField {
    LogField { name, meaning }
}

/// All of them, by name.
pub const FIELDS: &[LogField] = &[
    field("again_after_ms", "After how many milliseconds it is tried again."),
    field("amount_micro_usd", "Money, in millionths of a US dollar."),
    field("app", "The fingerprint of an X app."),
    field("attempt.id", "The number of an attempt to publish."),
    field("backups.let_go", "How many old backups were removed."),
    field("bot.id", "The name of a bot."),
    field("bots.added", "How many bots are new."),
    field("bots.changed", "How many bots were changed."),
    field("bots.closed", "How many bots are declared no more."),
    field("bots.declared", "How many bots the node declares."),
    field("bots.distrusted", "How many bots read their timelines before they post."),
    field("bots.mended", "How many bots' counters were set right."),
    field("budget.level", "How far a budget is gone."),
    field("budget.name", "Whose budget it is, where it is somebody's."),
    field("budget.purse", "For whom the money is: X or models."),
    field("budget.scope", "What a budget is for: all, an app or a bot."),
    field("candidates.dropped", "How many candidates review dropped."),
    field("candidates.dropped_by", "By which rules, and how many each."),
    field("cause", "The words of a panic."),
    field("cost_micro_usd", "What it cost, in millionths of a US dollar."),
    field("counters.mended", "How many counts were set right."),
    field("error", "What went wrong."),
    field("event", "The name of an event; `flockwork events` lists them."),
    field("evergreen.id", "The number of a text of the evergreen stock."),
    field("failures", "How many times in a row it failed."),
    field("finding.kind", "What kind of finding the auditor made."),
    field("findings.ended", "How many findings have ended."),
    field("item", "The name of an item of a feed."),
    field("items", "How many items of a feed are new."),
    field("lateness_ms", "How many milliseconds after its slot was due."),
    field("level", "How much it matters: ERROR, WARN, INFO, DEBUG or TRACE."),
    field("lines.lost", "How many lines of the log were lost."),
    field("message", "What happened, in a sentence."),
    field("model", "The model that wrote."),
    field("outcomes", "How many outcomes of sends."),
    field("outcomes.unrecorded", "How many outcomes the database did not take in time."),
    field("post.id", "The number of a post."),
    field("posts.adopted", "How many posts are known again."),
    field("posts.expired", "How many drafts were rejected because nobody looked at them."),
    field("posts.filled", "How many older posts were made findable."),
    field("posts.held", "How many posts wait for a person."),
    field("posts.ordered", "How many posts were ordered in bulk."),
    field("posts.queued", "How many posts were queued."),
    field("requests.failed", "How many requests of an order in bulk failed."),
    field("requests.missing", "How many requests of an order in bulk have no answer."),
    field("reservation.id", "The number of money that was reserved."),
    field("rule", "A rule of review."),
    field("schedule.id", "The number of a schedule."),
    field("slot.id", "The number of a slot."),
    field("slot.state", "The state of a slot."),
    field("slots.assigned", "How many slots got their posts."),
    field("slots.planned", "How many slots were planned."),
    field("slots.released", "How many slots of a dead node were not sent yet."),
    field("slots.skipped", "How many slots ended without a post."),
    field("slots.unknown", "How many slots of a dead node are looked for on X."),
    field("span_id", "The span of the trace in which it happened."),
    field("target", "The part of the program that says it; `LOG_LEVEL` may name it."),
    field("texts", "How many texts were tried out."),
    field("timestamp", "When, in UTC."),
    field("tokens", "How many tokens a model took, in both directions."),
    field("trace_id", "The trace of the slot or refill that it is about."),
    field("writer", "A model, or the grammar."),
    field("x.post_id", "X's number of a post."),
    field("zone", "A time zone."),
];
