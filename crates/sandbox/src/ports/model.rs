//! The model without a network.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{Candidate, GenerationUsage};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::prompt::wish_of;
use serde::Deserialize;

use crate::World;
use crate::model::{Ask, Failure, MODEL_ID, ModelOutcome, Written};

/// A client gives up on the model after this.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);

/// The fake model as the engine sees it.
#[derive(Clone)]
pub struct SandboxModel {
    world: Arc<World>,
}

impl SandboxModel {
    /// A door into `world`.
    pub fn new(world: Arc<World>) -> Self {
        Self { world }
    }
}

#[async_trait]
impl Writer for SandboxModel {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let reply = self.world.write(&Ask::of(request));
        if reply.slowness >= WRITE_TIMEOUT {
            return Err(WriterError::Unavailable("no answer in 60 s".to_owned()));
        }
        match reply.outcome {
            ModelOutcome::Written(written) => answer(&written, request),
            ModelOutcome::Declined(why) => Err(WriterError::Refused(why)),
            ModelOutcome::Failed(failure) => Err(error(&failure)),
            ModelOutcome::Closed => {
                Err(WriterError::Unavailable("the connection ended without an answer".to_owned()))
            }
        }
    }
}

#[derive(Deserialize)]
struct Content {
    posts: Vec<ContentPost>,
}

#[derive(Deserialize)]
struct ContentPost {
    number: Option<u64>,
    topic: Option<String>,
    text: String,
}

/// Chatter around the object is forgiven, as the real client forgives it; anything else is not.
fn answer(written: &Written, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
    let text = &written.content;
    let object = match (text.find('{'), text.rfind('}')) {
        (Some(first), Some(last)) if first < last => &text[first..=last],
        _ => text.as_str(),
    };
    let content: Content = serde_json::from_str(object)
        .map_err(|error| WriterError::Unusable(format!("not the JSON we asked for: {error}")))?;
    if content.posts.is_empty() {
        return Err(WriterError::Unusable("the list of posts is empty".to_owned()));
    }
    let candidates = content.posts.into_iter().enumerate().map(|(position, post)| {
        match wish_of(&request.wishes, post.number, post.topic.as_deref(), position) {
            Some(wish) => wish.fulfilled_by(post.text),
            None => Candidate { text: post.text, topic: post.topic, ..Candidate::default() },
        }
    });
    Ok(WriteAnswer {
        candidates: candidates.collect(),
        usage: usage(written),
        ..WriteAnswer::default()
    })
}

fn usage(written: &Written) -> GenerationUsage {
    let model = MODEL_ID.to_owned();
    if written.is_odd {
        return GenerationUsage { model, ..GenerationUsage::default() };
    }
    GenerationUsage {
        model,
        prompt_tokens: written.prompt_tokens,
        completion_tokens: written.completion_tokens,
        ..GenerationUsage::default()
    }
}

fn error(failure: &Failure) -> WriterError {
    let message = failure.message.to_owned();
    match failure.status {
        401 => WriterError::Unauthorized(message),
        429 if failure.code == "rate_limit_exceeded" => WriterError::RateLimited {
            after: failure.retry_after_secs.map(|secs| Duration::from_secs(u64::from(secs))),
        },
        429 => WriterError::OutOfCredit(message),
        _ => WriterError::Unavailable(message),
    }
}
