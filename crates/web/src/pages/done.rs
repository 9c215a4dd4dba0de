//! A word about what was just done, in the address of the page that follows. Only these words: an address
//! that somebody else made can say nothing of its own on our pages.

use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// A post may go out.
    Approved,
    /// A post never goes out.
    Rejected,
    /// A post has other words, and may go out.
    Mended,
    /// A post has other words, and waits on.
    Saved,
    /// Several posts may go out.
    ApprovedMany,
    /// A post is in its queue.
    Queued,
    /// A post waits for a yes.
    Drafted,
    /// A post is out of its queue.
    Removed,
    /// A text is kept aside.
    KeptAside,
    /// A text is kept aside no longer.
    LetGo,
    /// A slot has an answer: it was posted.
    Posted,
    /// It is sent again.
    SentAgain,
    /// It is left.
    Skipped,
    /// A bot does not post.
    BotPaused,
    /// A bot posts again.
    BotResumed,
    /// A bot is saved.
    BotSaved,
    /// There is another bot.
    BotCreated,
    /// A bot is closed.
    BotClosed,
    /// A bot that was closed is there again.
    BotReopened,
    /// Things of a checklist are said to be so.
    Confirmed,
    /// A post has another place in its queue.
    Placed,
    /// A queue goes by its topics again.
    Freed,
    /// A slot is due at another time.
    Moved,
    /// A slot that was skipped has its post after all.
    TakenBack,
    /// A bot has credentials.
    KeysSet,
    /// A bot has none any more.
    KeysGone,
    KeysTakenOver,
    /// A message that was given up is tried again.
    ToldAgain,
}

/// What was done, to which or to how many, and how many stayed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Done {
    did: Option<Deed>,
    n: Option<i64>,
    stayed: Option<i64>,
}

impl Done {
    /// That deed, to that one or so many.
    pub(crate) fn of(deed: Deed, n: i64) -> Self {
        Self { did: Some(deed), n: Some(n), stayed: None }
    }

    /// And so many stayed as they were.
    pub(crate) fn but(self, stayed: i64) -> Self {
        Self { stayed: (stayed > 0).then_some(stayed), ..self }
    }

    /// As the page says it.
    pub(crate) fn sentence(&self) -> Option<String> {
        let n = self.n.unwrap_or_default();
        Some(match self.did? {
            Deed::Approved => format!("Post {n} is approved."),
            Deed::Rejected => format!("Post {n} is rejected."),
            Deed::Mended => format!("Post {n} has its new words, and is approved."),
            Deed::Saved => format!("Post {n} has its new words."),
            Deed::ApprovedMany => match self.stayed {
                None => format!("{n} approved."),
                Some(stayed) => {
                    format!("{n} approved; {stayed} stayed: look at them one by one.")
                }
            },
            Deed::Queued => format!("Post {n} is queued."),
            Deed::Drafted => format!("Post {n} waits for a yes, under Approvals."),
            Deed::KeptAside => format!("Evergreen {n} is kept aside."),
            Deed::LetGo => format!("Evergreen {n} is taken away."),
            Deed::Removed => format!("Post {n} is out of the queue."),
            Deed::Posted => format!("Slot {n} is posted."),
            Deed::SentAgain => format!("Slot {n} is sent again at the next step."),
            Deed::Skipped => format!("Slot {n} is skipped."),
            Deed::BotPaused => "It is paused: it plans and writes, and posts nothing.".to_owned(),
            Deed::BotResumed => "It posts again.".to_owned(),
            Deed::BotSaved => "Saved.".to_owned(),
            Deed::BotCreated => {
                "The bot is there. Its queue is being filled, and it posts by its schedule."
                    .to_owned()
            }
            Deed::BotClosed => {
                "It is closed: nothing is planned, written or sent for it.".to_owned()
            }
            Deed::BotReopened => {
                "It is open again, and paused: it plans and writes, and posts nothing yet."
                    .to_owned()
            }
            Deed::Confirmed => "That is written down in your name.".to_owned(),
            Deed::Placed => format!("Post {n} has its new place."),
            Deed::Freed => "The queue goes by its topics again.".to_owned(),
            Deed::Moved => format!("Slot {n} has its new time."),
            Deed::ToldAgain => format!("Message {n} is tried for three more days."),
            Deed::TakenBack => format!("Slot {n} has its post after all."),
            Deed::KeysSet => {
                "They are sealed, and every node signs with them from its next send on.".to_owned()
            }
            Deed::KeysTakenOver => {
                "They are gone, and the keys of this node's environment take over: the bot signs with those \
                 from its next send on. Take them away as well, or pause it, if it is to post nothing."
                    .to_owned()
            }
            Deed::KeysGone => {
                "They are gone: no node signs with them from its next send on.".to_owned()
            }
        })
    }

    /// The address of a page that says it.
    pub(crate) fn on(self, path: &str, more: &[(&str, &str)]) -> String {
        let own = serde_urlencoded::to_string(self).unwrap_or_default();
        let more = serde_urlencoded::to_string(more).unwrap_or_default();
        let and = if more.is_empty() { "" } else { "&" };
        format!("{path}?{own}{and}{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_done_and_nothing_else() {
        let address =
            Done::of(Deed::ApprovedMany, 3).but(1).on("/approvals/all", &[("bot", "a b")]);
        assert_eq!(address, "/approvals/all?did=approved_many&n=3&stayed=1&bot=a+b");
        let read: Done = serde_urlencoded::from_str("did=approved_many&n=3&stayed=1").unwrap();
        assert_eq!(read.sentence().unwrap(), "3 approved; 1 stayed: look at them one by one.");
        assert_eq!(Done::default().sentence(), None);
        assert!(serde_urlencoded::from_str::<Done>("did=call+this+number&n=1").is_err());
    }
}
