//! X as one node sees it: the sandbox behind a network that takes its time.
//!
//! A send begins when the node decides for it. Until X has the request, time may pass, up to the time-out of
//! the whole: the real client writes no body whose time is over, by a clock that counts sleep
//! (`clients/src/http/timely.rs`). Then X decides, and what waits is the answer. So a node that dies or stands still in a send leaves one that X may have taken.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{BotId, RateLimits, XUserId};
use domain::ports::{
    Answer, LostBecause, Me, NotSentBecause, ReadError, SendReport, TimelinePage, TimelineQuery,
    XApi,
};
use domain::rules::classify::{Class, classify};
use sandbox::SandboxX;

use super::{Life, Roads};
use crate::bugs::Planted;
use crate::dice::Dice;
use crate::executor::{Owner, Timers};
use crate::history::{Chronicle, Event, Look, Told};
use std::sync::Mutex;

/// A client gives up after this.
const TIMEOUT_MS: i64 = 25_000;

/// What an X door is made of.
pub(crate) struct XDoorParts {
    /// Whose it is.
    pub(crate) node: Owner,
    /// X.
    pub(crate) x: SandboxX,
    /// The node's life.
    pub(crate) life: Arc<Life>,
    /// Where waits are kept.
    pub(crate) timers: Timers,
    /// What happened.
    pub(crate) chronicle: Chronicle,
    /// The way to X.
    pub(crate) roads: Arc<Roads>,
    /// Decides how long answers take.
    pub(crate) dice: Dice,
    /// A defect on purpose, if any.
    pub(crate) planted: Arc<Planted>,
}

/// The door.
pub(crate) struct XDoor {
    parts: XDoorParts,
    dice: Mutex<Dice>,
}

impl XDoor {
    /// A door of these parts.
    pub(crate) fn new(parts: XDoorParts) -> Self {
        let dice = Mutex::new(parts.dice.clone());
        Self { parts, dice }
    }

    fn note(&self, event: Event) {
        self.parts.chronicle.note(event);
    }

    /// Nothing comes through to X now.
    fn is_cut(&self) -> bool {
        let is_cut = self.parts.roads.is_cut(self.parts.node, self.parts.timers.now());
        if is_cut {
            self.parts.chronicle.count("X not reached");
        }
        is_cut
    }

    /// How long an answer takes: mostly nothing, sometimes a moment, seldom long.
    fn pace(&self, is_lost: bool) -> i64 {
        let mut dice = self.dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if is_lost {
            return if dice.falls(500) { TIMEOUT_MS } else { 0 };
        }
        match dice.between(0, 999) {
            0..=949 => 0,
            950..=989 => 200,
            990..=995 => dice.between(1, 24) * 1000,
            _ => TIMEOUT_MS + 1,
        }
    }

    /// How long a page takes: a person may edit a post meanwhile, and nodes may die.
    fn pace_of_page(&self) -> i64 {
        let mut dice = self.dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match dice.between(0, 99) {
            0..=89 => 0,
            90..=96 => 200,
            _ => dice.between(1, 5) * 1000,
        }
    }

    async fn send(&self, bot: &BotId, text: &str) -> SendReport {
        let (node, name) = (self.parts.node, bot.as_str().to_owned());
        self.note(Event::Began { node, bot: name.clone(), text: text.to_owned() });
        let mut on_its_way = OnItsWay { door: self, bot: &name, text, is_over: false };
        let began = self.parts.timers.now();
        self.parts.life.point().await;
        let left = TIMEOUT_MS - (self.parts.timers.now() - began);
        let report = if left > 0 {
            self.exchange(bot, text, left).await
        } else {
            self.timed_out(not_sent())
        };
        self.parts.life.point().await;
        on_its_way.is_over = true;
        let told = told(&report);
        if let Some(class) = answer_class(&report) {
            self.parts.chronicle.count(class);
        }
        self.note(Event::Ended { node, bot: name.clone(), text: text.to_owned(), told });
        report
    }

    /// The request reaches X, and its answer comes back within `left` milliseconds, or nothing does.
    async fn exchange(&self, bot: &BotId, text: &str, left: i64) -> SendReport {
        let mut report =
            if self.is_cut() { not_sent() } else { self.parts.x.create_post(bot, text).await };
        let wait = self.pace(matches!(report.answer, Answer::Lost(..)));
        if wait > left {
            report = self.timed_out(report);
        }
        if wait > 0 {
            self.parts.timers.wait(wait.min(left)).await;
        }
        report
    }

    /// Instead of its answer the node has only that its time is over.
    fn timed_out(&self, report: SendReport) -> SendReport {
        self.parts.chronicle.count("send timed out");
        let answer = Answer::Lost(LostBecause::TimedOut, "no answer in 25 s".to_owned());
        SendReport { answer, ..report }
    }
}

#[async_trait]
impl XApi for XDoor {
    async fn create_post(&self, bot: &BotId, text: &str) -> SendReport {
        self.parts.life.survive().await;
        let planted = &self.parts.planted;
        if let Some(report) = planted.answer_of_earlier_send(bot, text) {
            return report;
        }
        planted.delay_of_send(&self.parts.timers).await;
        let text = planted.bytes(bot, text);
        let mut report = self.send(bot, &text).await;
        if planted.sends_again(&report) {
            report = self.send(bot, &text).await;
        }
        planted.told(report)
    }

    async fn me(&self, bot: &BotId) -> Result<Me, ReadError> {
        self.parts.life.point().await;
        let me = if self.is_cut() { Err(unreachable()) } else { self.parts.x.me(bot).await };
        self.parts.life.point().await;
        if let Err(error) = &me {
            self.parts.chronicle.count(read_class(error));
        }
        let posts = me.as_ref().ok().and_then(|me| me.post_count);
        self.note(Event::Counted { bot: bot.as_str().to_owned(), posts });
        self.parts.planted.me(me)
    }

    async fn timeline(
        &self,
        bot: &BotId,
        user: &XUserId,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ReadError> {
        self.parts.life.point().await;
        let page = if self.is_cut() {
            Err(unreachable())
        } else {
            self.parts.x.timeline(bot, user, query).await
        };
        let wait = self.pace_of_page();
        if wait > 0 {
            self.parts.timers.wait(wait).await;
        }
        self.parts.life.point().await;
        if let Some(class) = page_class(&page) {
            self.parts.chronicle.count(class);
        }
        let look = page.as_ref().ok().map(|page| Look {
            ids: page.items.iter().map(|item| item.id.to_string()).collect(),
            has_errors: page.has_errors,
            is_cut: page.next.is_some(),
        });
        let node = self.parts.node;
        self.note(Event::Looked { node, bot: bot.as_str().to_owned(), look });
        self.parts.planted.page(bot, page)
    }
}

/// A send whose socket is open; dropped as it is, its node died.
struct OnItsWay<'a> {
    door: &'a XDoor,
    bot: &'a str,
    text: &'a str,
    is_over: bool,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.door.parts.chronicle.count("crash in a send");
            self.door.note(Event::Dropped {
                node: self.door.parts.node,
                bot: self.bot.to_owned(),
                text: self.text.to_owned(),
            });
        }
    }
}

/// No byte of the request was written.
fn not_sent() -> SendReport {
    SendReport {
        answer: Answer::NotSent(
            NotSentBecause::Connect,
            "the simulator took the network away".to_owned(),
        ),
        limits: RateLimits::default(),
        request_id: None,
        server_date: None,
    }
}

fn unreachable() -> ReadError {
    ReadError::Unavailable("the simulator took the network away".to_owned())
}

/// Under which class an answer that hides nothing is counted.
fn answer_class(report: &SendReport) -> Option<&'static str> {
    match classify(&report.answer, &report.limits) {
        Class::Posted { .. } | Class::Ambiguous | Class::NotSent => None,
        Class::RateLimited { .. } => Some("send put off (429)"),
        Class::UsageCapped => Some("usage capped"),
        Class::Duplicate => Some("called a duplicate"),
        Class::Unauthorized => Some("token refused"),
        Class::OutOfCredit => Some("no credit left"),
        Class::AccountRefused | Class::NotPermitted | Class::UnknownRefusal => {
            Some("account refused")
        }
        Class::ContentRefused => Some("text refused"),
    }
}

/// And a page that proves nothing.
fn page_class(page: &Result<TimelinePage, ReadError>) -> Option<&'static str> {
    match page {
        Err(error) => Some(read_class(error)),
        Ok(page) if page.has_errors => Some("page with errors"),
        Ok(page) if page.items.is_empty() => Some("page empty"),
        Ok(_) => None,
    }
}

fn read_class(error: &ReadError) -> &'static str {
    match error {
        ReadError::Unavailable(_) => "read without an answer",
        ReadError::RateLimited { .. } => "read put off (429)",
        ReadError::Unauthorized(_) | ReadError::Forbidden(_) | ReadError::OutOfCredit(_) => {
            "read refused"
        }
    }
}

fn told(report: &SendReport) -> Told {
    match classify(&report.answer, &report.limits) {
        Class::NotSent => Told::NotSent,
        Class::Posted { .. } => Told::Posted,
        Class::Ambiguous => Told::Lost,
        Class::RateLimited { until } => Told::Wait(until.map(jiff::Timestamp::as_millisecond)),
        Class::Duplicate => Told::Duplicate,
        Class::UsageCapped
        | Class::Unauthorized
        | Class::OutOfCredit
        | Class::AccountRefused
        | Class::ContentRefused
        | Class::NotPermitted
        | Class::UnknownRefusal => Told::Refused,
    }
}
