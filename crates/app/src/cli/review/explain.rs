//! `flockwork review explain`: everything about one post. `flockwork approvals show` says the same.

use clap::Args;
use domain::model::{Approval, PayloadHash, PostId};
use domain::ports::store::{ReviewedPost, SlotLine};
use domain::rules::review::{Explained, Judged, Severity};
use domain::rules::standing::{standing, undone};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::Db;

use super::severity_words;
use crate::cli::context::Context;
use crate::cli::second_reader::SecondReader;
use crate::cli::words::{cut, near};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format, Output};

/// Digits of a hash that a person is shown and types.
pub const HASH_SHOWN: usize = 8;

/// `flockwork review explain ID`
#[derive(Args, Debug)]
pub struct Explain {
    /// The number of the post, as `queue list`, `approvals list` and every message name it.
    post: i64,
}

/// A post with all that is known of it.
pub struct Dossier {
    /// The post, and what was said of it.
    pub reviewed: ReviewedPost,
    /// What review says of it now.
    pub explained: Explained,
    /// The slot that holds or sent it.
    pub slot: Option<SlotLine>,
}

impl Explain {
    /// Says it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let now = context.clock.now();
        let second = SecondReader::of(&config)?;
        let dossier = Dossier::find(&db, PostId(self.post), (&second, &context)).await?;
        db.close().await;
        dossier.say(&mut context.out, now)?;
        Ok(Exit::Success)
    }
}

/// Nobody stored it.
pub fn no_post(id: PostId) -> Failure {
    Failure::new(Exit::Failure, format!("there is no post {}", id.0))
        .hint("`flockwork approvals list` and `flockwork queue list` show posts")
}

impl Dossier {
    /// Reads all of it, and reviews the text anew.
    pub async fn find(
        db: &Db,
        id: PostId,
        (second, context): (&SecondReader, &Context),
    ) -> Result<Self, Failure> {
        let found = domain::ports::store::Dossier::find(db, id, context.clock.now()).await?;
        let domain::ports::store::Dossier { reviewed, mut explained, slot } =
            found.ok_or_else(|| no_post(id))?;
        if second.is_there() {
            let text = reviewed.post.content.as_str();
            let seen = second.look(db, &reviewed.post.bot, &[text], context).await?;
            explained.hear(seen.first().and_then(Option::as_ref));
        }
        Ok(Self { reviewed, explained, slot })
    }

    /// The first digits of the hash of its bytes: what an approval is given to.
    pub fn bytes(&self) -> String {
        shown(PayloadHash::of(&self.reviewed.post.content).as_str())
    }

    fn standing(&self) -> String {
        standing(&self.reviewed, self.slot.as_ref())
    }

    /// Says everything.
    pub fn say(&self, out: &mut Output, now: Timestamp) -> Result<(), Failure> {
        if out.format == Format::Json {
            return Ok(out.json(&self.json())?);
        }
        let post = &self.reviewed.post;
        let (id, bot, state) = (post.id.0, &post.bot, post.state.as_str());
        let head = format!("post {id} of {bot}, {state}: {}", self.standing());
        out.line(&out.paint(&head, Accent::Warn))?;
        for line in post.content.lines() {
            out.line(&format!("    {}", cut(line, 1_000)))?;
        }
        out.line(&format!(
            "  length    {} of {} characters",
            self.explained.weighted_length, self.reviewed.policy.max_length
        ))?;
        let by = post.generation_model.as_deref().unwrap_or("nobody knows");
        out.line(&format!("  written   {}, by {by}", near(post.created_at, now)))?;
        if let Some(topic) = &post.topic {
            out.line(&format!("  topic     {}", cut(topic, 100)))?;
        }
        out.line(&format!("  bytes     {}", self.bytes()))?;
        let (mode, what) = (self.reviewed.mode.as_str(), self.reviewed.mode.explain());
        out.line(&format!("  mode      {mode}: {what}"))?;
        if let Some(because) = &self.reviewed.because {
            out.line(&format!("  held      {}", cut(because, 500)))?;
        }
        if let Some(slot) = &self.slot {
            out.line(&format!("  slot      {}", said_slot(slot, now)))?;
        }
        for judged in &self.explained.rules {
            say_rule(out, judged)?;
        }
        for alike in &self.explained.alike {
            out.line(&format!("  like      {}", alike.said))?;
        }
        for said in &self.reviewed.approvals {
            out.line(&format!("  said      {}", self.said(said, now)))?;
        }
        Ok(())
    }

    fn said(&self, said: &Approval, now: Timestamp) -> String {
        let (verdict, who, at) = (said.verdict.as_str(), &said.who, near(said.at, now));
        let mut text = format!("{verdict} by {who}, {at}");
        if let Some(reason) = &said.reason {
            text = text + ": " + &cut(reason, 500);
        }
        if let Some(why) = undone(said, &self.reviewed) {
            text = text + "; " + why;
        }
        text
    }

    fn json(&self) -> Value {
        let ReviewedPost { post, .. } = &self.reviewed;
        let rules = self.explained.rules.iter().map(|judged| {
            json!({
                "rule": judged.rule.id,
                "severity": judged.rule.severity.as_str(),
                "ok": judged.finding.is_none(),
                "message": judged.finding.as_ref().map(|finding| &finding.message),
                "source": judged.rule.source.link,
            })
        });
        let alike = self.explained.alike.iter().map(|alike| {
            json!({
                "post": alike.post.0, "bot_id": alike.bot, "percent": alike.percent,
                "at": alike.at, "said": alike.said,
            })
        });
        let approvals = self.reviewed.approvals.iter().map(|said| {
            json!({
                "verdict": said.verdict.as_str(), "who": said.who, "at": said.at,
                "reason": said.reason, "payload_hash": said.payload_hash.as_str(),
                "policy_hash": said.policy_hash.as_str(),
            })
        });
        json!({
            "id": post.id.0,
            "bot_id": post.bot.as_str(),
            "state": post.state.as_str(),
            "standing": self.standing(),
            "text": post.content,
            "payload_hash": PayloadHash::of(&post.content).as_str(),
            "weighted_length": self.explained.weighted_length,
            "max_length": self.reviewed.policy.max_length,
            "category": post.topic,
            "created_at": post.created_at,
            "generation_model": post.generation_model,
            "mode": self.reviewed.mode.as_str(),
            "needs_person": self.reviewed.needs_person,
            "held_because": self.reviewed.because,
            "is_approved": !self.reviewed.is_unapproved,
            "policy_hash": self.reviewed.policy_hash.as_str(),
            "slot": self.slot.as_ref().map(|slot| slot.slot.0),
            "x_post_id": self.slot.as_ref().and_then(|slot| slot.x_post_id.as_ref())
                .map(ToString::to_string),
            "rules": rules.collect::<Vec<_>>(),
            "alike": alike.collect::<Vec<_>>(),
            "approvals": approvals.collect::<Vec<_>>(),
        })
    }
}

/// The first digits of a hash.
pub fn shown(hash: &str) -> String {
    hash.chars().take(HASH_SHOWN).collect()
}

fn said_slot(slot: &SlotLine, now: Timestamp) -> String {
    let (id, due, phase) = (slot.slot.0, near(slot.due_at, now), slot.state.phase().as_str());
    let why = match (slot.state.explain(), slot.detail.as_deref()) {
        ("", None | Some("")) => String::new(),
        ("", Some(detail)) => format!(": {}", cut(detail, 200)),
        (why, _) => format!(": {why}"),
    };
    let x = slot.x_post_id.as_ref().map(|id| format!(", X's post {id}")).unwrap_or_default();
    format!("{id}, due {due}, {phase}{x}{why}")
}

fn say_rule(out: &mut Output, judged: &Judged) -> Result<(), Failure> {
    let rule = judged.rule;
    let Some(finding) = &judged.finding else {
        let word = out.paint("ok", Accent::Good);
        return Ok(out.line(&format!("  {word}        {}: {}", rule.id, rule.what))?);
    };
    let accent = match finding.severity {
        Severity::Holds | Severity::NeedsPerson => Accent::Warn,
        Severity::Blocks => Accent::Bad,
    };
    let word = out.paint("no", accent);
    let meaning = severity_words(finding.severity);
    out.line(&format!("  {word}        {} ({meaning}): {}", rule.id, finding.message))?;
    out.line(&format!("            {}; {}", rule.source.says, rule.source.link))?;
    Ok(())
}
