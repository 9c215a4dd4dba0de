//! X without a network. What the world answers is put into the words of the port, as the real
//! client would put bytes.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::RateLimits;
use domain::model::{BotId, XPostId, XUserId};
use domain::ports::{
    Answer, HttpAnswer, LostBecause, Me, NotSentBecause, Problem, ReadError, SendReport,
    TimelineItem, TimelinePage, TimelineQuery, XApi,
};
use serde_json::Value;

use crate::World;
use crate::account::Account;
use crate::read::{Outcome, ReadReply, SeenMe, SeenPage};
use crate::reply::{Delivery, Reply, WireAnswer};
use crate::send::{Draft, SEND_TIMEOUT};
use crate::timeline::{PageRange, StoredPost};

/// X's own bounds of a page.
const PAGE_MIN: u32 = 5;
const PAGE_MAX: u32 = 100;

/// The fake X as the engine sees it. A bot's account has the bot's name.
#[derive(Clone)]
pub struct SandboxX {
    world: Arc<World>,
}

impl SandboxX {
    /// A door into `world`.
    pub fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    fn reader(&self, bot: &BotId) -> Result<Arc<Account>, ReadError> {
        let nobody =
            || ReadError::Unauthorized("the sandbox knows no account of this name".to_owned());
        self.world.account(bot.as_str()).ok_or_else(nobody)
    }
}

#[async_trait]
impl XApi for SandboxX {
    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        let Some(account) = self.world.account(bot.as_str()) else {
            let why = "the sandbox knows no account of this name".to_owned();
            return SendReport {
                answer: Answer::NotSent(NotSentBecause::NoCredentials, why),
                limits: RateLimits::default(),
                request_id: None,
                server_date: None,
            };
        };
        let reply = self.world.send(&account, &Draft::of(text));
        report(reply, &self.world)
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        let account = self.reader(bot)?;
        let SeenMe { id, username, post_count, is_broken } = seen(self.world.me(&account))?;
        if is_broken {
            return Err(unreadable());
        }
        Ok(Me {
            user: id,
            username,
            post_count: Some(post_count),
            access_level: Some("read-write".to_owned()),
            server_date: Some(self.world.server_date()),
        })
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        let reader = self.reader(bot)?;
        let owner = self.world.accounts().with_id(user).cloned();
        let owner = owner
            .ok_or_else(|| ReadError::Unavailable(format!("404 Not Found: no user {user}")))?;
        let range = PageRange {
            start: Some(query.since),
            until_id: query.page.as_deref().and_then(|page| XPostId::try_from(page).ok()),
            max: query.max.clamp(PAGE_MIN, PAGE_MAX) as usize,
            ..PageRange::default()
        };
        let SeenPage { page, has_errors, is_broken } =
            seen(self.world.timeline(&reader, &owner, &range))?;
        if is_broken {
            return Err(unreadable());
        }
        let items = page.posts.iter().map(item).collect();
        let oldest = page.posts.last().filter(|_| page.is_cut);
        let next = oldest.map(|post| post.id.to_string());
        Ok(TimelinePage { items, has_errors, next, server_date: Some(self.world.server_date()) })
    }
}

fn report(reply: Reply, world: &World) -> SendReport {
    let lost = |because, detail: &str| Answer::Lost(because, detail.to_owned());
    let (answer, is_whole) = if reply.slowness >= SEND_TIMEOUT {
        (lost(LostBecause::TimedOut, "no answer in 25 s"), false)
    } else {
        match reply.delivery {
            Delivery::Whole(wire) => (Answer::Http(parse(&wire)), true),
            Delivery::Cut(_) => (lost(LostBecause::BrokenBody, "the body broke off"), false),
            Delivery::Closed => {
                (lost(LostBecause::Disconnected, "the connection ended without an answer"), false)
            }
        }
    };
    SendReport {
        answer,
        limits: if is_whole { reply.limits } else { RateLimits::default() },
        request_id: is_whole.then_some(reply.request_id),
        server_date: is_whole.then(|| world.server_date()),
    }
}

fn parse(wire: &WireAnswer) -> HttpAnswer {
    let body: Value = serde_json::from_str(&wire.body).unwrap_or(Value::Null);
    let data = &body["data"];
    HttpAnswer {
        status: wire.status,
        post_id: data["id"].as_str().and_then(|id| XPostId::try_from(id).ok()),
        text: text_of(&data["text"]),
        problem: problem(&body),
    }
}

fn problem(body: &Value) -> Problem {
    let errors = body["errors"].as_array().map_or(&[][..], Vec::as_slice);
    Problem {
        title: text_of(&body["title"]),
        detail: text_of(&body["detail"]),
        kind: body["type"].as_str().and_then(|kind| kind.rsplit_once('/')).map(|k| k.1.to_owned()),
        messages: errors.iter().filter_map(|error| text_of(&error["message"])).collect(),
        codes: errors.iter().filter_map(|error| error["code"].as_i64()).collect(),
        reset_date: text_of(&body["reset_date"]),
        period: text_of(&body["period"]),
    }
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn seen<T>(reply: ReadReply<T>) -> Result<T, ReadError> {
    match reply.outcome {
        Outcome::Seen(seen) => Ok(seen),
        Outcome::Closed => {
            Err(ReadError::Unavailable("the connection ended without an answer".to_owned()))
        }
        Outcome::Refused(wire) => {
            let problem = parse(&wire).problem;
            let detail =
                problem.detail.or(problem.title).unwrap_or_else(|| wire.status.to_string());
            Err(match wire.status {
                401 => ReadError::Unauthorized(detail),
                402 => ReadError::OutOfCredit(detail),
                403 => ReadError::Forbidden(detail),
                429 => ReadError::RateLimited { until: reply.limits.exhausted_until() },
                _ => ReadError::Unavailable(format!("{}: {detail}", wire.status)),
            })
        }
    }
}

fn unreadable() -> ReadError {
    ReadError::Unavailable("the answer is not JSON".to_owned())
}

fn item(post: &StoredPost) -> TimelineItem {
    let links = &post.rewritten.links;
    TimelineItem {
        id: post.id.clone(),
        text: post.text.clone(),
        created_at: Some(post.at),
        links: links.iter().map(|link| (link.url.clone(), link.expanded_url.clone())).collect(),
        in_reply_to: post.in_reply_to.clone(),
        media_count: 0,
    }
}
