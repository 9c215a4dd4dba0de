//! Who wrote what: each voice has its own counter, so that it never repeats itself and what it
//! writes does not depend on who else asked in between.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::json;

use super::ask::tokens;
use super::prose::Prose;
use super::{Ask, Failure, ModelOutcome, ModelReply, Written};
use crate::World;
use crate::chance::{mix, number_of};
use crate::faults::ModelFault;
use crate::world::hold;

/// Voices that are remembered; beyond that the memory starts anew.
const PENS_MAX: usize = 50_000;

/// Posts of a voice that the fault `Duplicates` can repeat.
const REMEMBERED_MAX: usize = 8;

/// All voices.
#[derive(Default)]
pub(crate) struct Pens(HashMap<u64, Pen>);

#[derive(Default)]
struct Pen {
    answers: u64,
    written: HashMap<u64, u64>,
    remembered: VecDeque<WrittenPost>,
}

type WrittenPost = (String, String);

impl World {
    /// One answer of the model.
    pub(crate) fn write(&self, ask: &Ask) -> ModelReply {
        let who = number_of(&ask.who);
        let mut pens = hold(&self.pens);
        if pens.0.len() >= PENS_MAX && !pens.0.contains_key(&who) {
            pens.0.clear();
        }
        let pen = pens.0.entry(who).or_default();
        pen.answers += 1;
        let draw = mix(&[self.seed, who, pen.answers, 3]);
        let fault = self.faults().model.take("", draw);
        if let Some(outcome) = fault.and_then(failure_of) {
            return ModelReply { outcome, slowness: Duration::ZERO };
        }
        let repeats = fault == Some(ModelFault::Duplicates) && !pen.remembered.is_empty();
        let posts = if repeats { pen.repeat(ask) } else { pen.compose(self.seed, who, ask) };
        let mut slowness = Duration::ZERO;
        if let Some(ModelFault::Slow { secs }) = fault {
            slowness = Duration::from_secs(u64::from(secs));
        }
        ModelReply { outcome: ModelOutcome::Written(written(fault, &posts, ask)), slowness }
    }
}

impl Pen {
    fn compose(&mut self, seed: u64, who: u64, ask: &Ask) -> Vec<WrittenPost> {
        let mut posts = Vec::new();
        for (topic, count) in &ask.wishes {
            let prose = Prose::new(topic, mix(&[seed, who, number_of(topic)]));
            let written = self.written.entry(number_of(topic)).or_default();
            for _ in 0..*count {
                posts.push((topic.clone(), prose.post(*written, ask.length_max)));
                *written += 1;
            }
        }
        for post in &posts {
            if self.remembered.len() == REMEMBERED_MAX {
                self.remembered.pop_front();
            }
            self.remembered.push_back(post.clone());
        }
        posts
    }

    /// As many as asked for, all of them old: one as it was, the next a little reworded, as a model
    /// does that was told not to repeat itself.
    fn repeat(&self, ask: &Ask) -> Vec<WrittenPost> {
        let count = ask.wishes.iter().map(|wish| wish.1 as usize).sum();
        let old = self.remembered.iter().cycle().take(count).enumerate();
        old.map(|(place, (topic, text))| {
            let text = if place % 2 == 0 { text.clone() } else { reworded(text) };
            (topic.clone(), text)
        })
        .collect()
    }
}

/// Another text to a program, the same to a reader.
fn reworded(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((most, last)) => format!("{most} indeed {last}"),
        None => format!("{text} indeed"),
    }
}

/// The faults under which nothing is written.
fn failure_of(fault: ModelFault) -> Option<ModelOutcome> {
    let failure = |status, kind, code, message| Failure {
        status,
        kind,
        code,
        message,
        retry_after_secs: None,
    };
    Some(match fault {
        ModelFault::Close => ModelOutcome::Closed,
        ModelFault::Refusal => {
            ModelOutcome::Declined("I'm sorry, but I can't help with that request.".to_owned())
        }
        ModelFault::RateLimited { after_secs } => ModelOutcome::Failed(Failure {
            retry_after_secs: after_secs,
            ..failure(429, "requests", "rate_limit_exceeded", "Rate limit reached for sandbox-1.")
        }),
        ModelFault::OutOfCredit => ModelOutcome::Failed(failure(
            429,
            "insufficient_quota",
            "credit_balance_exhausted",
            "Your credit balance is exhausted.",
        )),
        ModelFault::Unauthorized => ModelOutcome::Failed(failure(
            401,
            "invalid_request_error",
            "invalid_api_key",
            "Incorrect API key provided.",
        )),
        ModelFault::Status { status } => ModelOutcome::Failed(failure(
            status,
            "server_error",
            "server_error",
            "The server had an error while processing your request.",
        )),
        ModelFault::Garbage
        | ModelFault::TooLong
        | ModelFault::Duplicates
        | ModelFault::Chatter
        | ModelFault::Empty
        | ModelFault::CutJson
        | ModelFault::Odd
        | ModelFault::Slow { .. } => return None,
    })
}

fn written(fault: Option<ModelFault>, posts: &[WrittenPost], ask: &Ask) -> Written {
    let content = match fault {
        Some(ModelFault::Garbage) => GARBAGE.to_owned(),
        Some(ModelFault::Empty) => answer(&[]),
        Some(ModelFault::TooLong) => {
            let long: Vec<_> =
                posts.iter().map(|(topic, text)| (topic.clone(), endless(text))).collect();
            answer(&long)
        }
        Some(ModelFault::Chatter) => {
            format!("Sure, here are your posts:\n\n```json\n{}\n```\nAnything else?", answer(posts))
        }
        Some(ModelFault::CutJson) => {
            let whole = answer(posts);
            let keep = whole.chars().count() * 2 / 3;
            whole.chars().take(keep).collect()
        }
        _ => answer(posts),
    };
    Written {
        is_cut: fault == Some(ModelFault::CutJson),
        is_odd: fault == Some(ModelFault::Odd),
        prompt_tokens: ask.prompt_tokens,
        completion_tokens: tokens(&content),
        content,
    }
}

const GARBAGE: &str = "posts posts posts [[{{ the the the \u{fffd}\u{fffd} }} <|end|> 0x3f";

fn answer(posts: &[WrittenPost]) -> String {
    let numbered = posts.iter().zip(1_u32..);
    let posts: Vec<_> = numbered
        .map(|((topic, text), number)| json!({ "number": number, "topic": topic, "text": text }))
        .collect();
    json!({ "posts": posts }).to_string()
}

/// Far above any limit, and still a sentence.
fn endless(text: &str) -> String {
    let times = 320 / text.chars().count().max(1) + 2;
    vec![text; times].join(" And then again: ")
}
