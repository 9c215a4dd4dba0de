//! What each trouble is called, and what Flockwork does about it.

use domain::ports::Trouble;

/// A trouble in words.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// What its button says.
    pub(super) name: &'static str,
    /// What one will see.
    pub(super) then: &'static str,
}

impl Words {
    pub(super) fn of(trouble: Trouble) -> Self {
        let (name, then) = match trouble {
            Trouble::LostAnswer => (
                "Lose the next answer",
                "X takes the post and the line drops. It is looked for on the timeline, found, and never sent again.",
            ),
            Trouble::LostRequest => (
                "Lose the next request",
                "X never sees it. It is looked for, proven absent by three looks, and sent once.",
            ),
            Trouble::LateAccept => (
                "Take the next post late",
                "The line drops, and X takes the post seconds later. The quiet time waits for it.",
            ),
            Trouble::FalseError => (
                "Take it and answer 503",
                "X says that it failed, and has it. An error is no evidence of absence: the timeline is.",
            ),
            Trouble::BrokenAnswer => (
                "Answer half a sentence",
                "X takes the post, and its answer cannot be read. The timeline says what it was.",
            ),
            Trouble::RateLimited => (
                "Use up the rate limit",
                "X refuses until its window starts anew. The post waits and leaves then.",
            ),
            Trouble::Forbidden => (
                "Forbid the next post",
                "X says no. Nothing is tried again by itself, and you are asked.",
            ),
            Trouble::XAway => (
                "X is away",
                "Sending and reading fail. The breaker opens, one request tries, and what waits leaves when X is back.",
            ),
            Trouble::EmptyTimelines => (
                "Timelines come back empty",
                "What was lost cannot be seen. A page without the last known post proves nothing.",
            ),
            Trouble::ModelRubbish => (
                "The model answers rubbish",
                "Nothing of it is queued. The next writer is asked, and the queue says how long it lasts.",
            ),
            Trouble::ModelRepeats => (
                "The model repeats itself",
                "Review compares each text with every post there ever was, and drops it.",
            ),
            Trouble::ModelAway => {
                ("The model is away", "Queues are filled later. What is in them goes out on time.")
            }
        };
        Self { name, then }
    }
}
