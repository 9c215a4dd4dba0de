//! The spans of traces. A rule of the house holds this table and the code together.

/// A span.
pub struct SpanName {
    /// Its name; some are told under what they did.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn span(name: &'static str, meaning: &'static str) -> SpanName {
    SpanName { name, meaning }
}

/// All of them, by name.
pub const SPANS: &[SpanName] = &[
    span("claim", "Slots that are due are taken in hand, of one bot or of many."),
    span("feed", "A look at a feed: the first of its trace."),
    span("follow", "What an order in bulk came to meanwhile."),
    span("http", "A request of ours; told as its method and path, without the ids in it."),
    span("intent", "That sends are about to be made is stored."),
    span("item", "An item of a feed on its way to being a post: the first of its trace."),
    span("look", "A timeline is read, before a send or for a lost answer."),
    span(
        "order",
        "An order in bulk, from its making to its bill: the first of its trace, told last.",
    ),
    span("outcome", "What came of sends is stored."),
    span("refill", "A batch for a queue: the first of its trace."),
    span(
        "request",
        "A request to the pages or the API that was slow or failed by our fault; told as its method and the \
         pattern of its route: the first of its trace.",
    ),
    span("review", "Candidates are reviewed."),
    span("send", "A post is sent to X."),
    span("slot", "A slot, from when it was due to its end: the first of its trace, told last."),
    span("sql", "A statement; told as its kind and its table."),
    span("stored", "The state of a slot that was changed by the span around it."),
    span("try_out", "Texts that a person wants to see: the first of its trace."),
    span("write", "A writer is asked for candidates."),
];
