//! `/posts/{id}`: one post and everything that happened to it, the oldest first. Why it did not go out is
//! the first line where it did not.

mod told;

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::model::OpenFinding;
use domain::model::{MicroUsd, PostId, PostState};
use domain::ports::store::{
    AttemptLine, AttemptsOf, BotLine, Dossier, ReceiptLine, SlotLine, Writing,
};

use crate::access::Caller;
use crate::component::{Lead, PostCard, Story, money};
use crate::pages::forms::page;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Findings that are looked through for those of the post's slot.
const FINDINGS_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "post.html")]
struct Page<'a> {
    frame: Frame<'a>,
    id: i64,
    bot: String,
    lead: Lead,
    card: PostCard,
    story: Story,
    facts: Vec<(&'static str, String)>,
    /// Its words may still be changed.
    is_open: bool,
}

/// Everything that is known.
struct Known {
    dossier: Dossier,
    writing: Option<Writing>,
    attempts: Vec<AttemptLine>,
    /// The slots of its attempts, and the one that holds it now.
    slots: Vec<SlotLine>,
    proof: Option<ReceiptLine>,
    findings: Vec<OpenFinding>,
    bot: Option<BotLine>,
    is_stopped: bool,
    is_demo: bool,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::not_found())?;
    let now = shared.clock.now();
    let known = Known::find(&shared, PostId(id)).await?;
    let reviewed = &known.dossier.reviewed;
    let post = &reviewed.post;
    let lead = Lead::of_post(
        reviewed,
        known.dossier.slot.as_ref(),
        known.bot.as_ref(),
        (known.is_stopped, now),
    );
    let page_of = Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        id,
        bot: post.bot.to_string(),
        lead: lead.and(told::besides(&known)),
        card: PostCard::of(&post.bot, &post.content, reviewed.policy.max_length),
        facts: facts(&known),
        is_open: matches!(post.state, PostState::Draft | PostState::Queued),
        story: Story { steps: told::steps(&known, now) },
    };
    Ok(page(&page_of))
}

impl Known {
    async fn find(shared: &Shared, id: PostId) -> Result<Self, Problem> {
        let store = &*shared.store;
        let Some(dossier) = Dossier::find(store, id, shared.clock.now()).await? else {
            return Err(Problem::not_found());
        };
        let attempts = store.list_attempts(AttemptsOf::Post(id)).await?;
        let mut slots: Vec<SlotLine> = Vec::new();
        for attempt in &attempts {
            if slots.iter().all(|slot| slot.slot != attempt.slot) {
                slots.extend(store.find_slot(attempt.slot).await?);
            }
        }
        if let Some(slot) = &dossier.slot
            && slots.iter().all(|other| other.slot != slot.slot)
        {
            slots.push(slot.clone());
        }
        let is_of_it = |found: &OpenFinding| {
            found.slot.is_some_and(|slot| slots.iter().any(|one| one.slot == slot))
        };
        let findings = store.list_findings(FINDINGS_MAX).await?.into_iter().filter(is_of_it);
        Ok(Self {
            findings: findings.collect(),
            writing: store.find_writing(id).await?,
            proof: store.find_proof(id).await?,
            bot: store.find_bot_line(&dossier.reviewed.post.bot).await?,
            is_stopped: store.counts().await?.is_stopped,
            is_demo: shared.sandbox.is_some(),
            dossier,
            attempts,
            slots,
        })
    }

    /// What the attempts count for: what was spent, or is reserved for one that is on its way.
    fn sent(&self) -> MicroUsd {
        self.attempts.iter().map(|attempt| attempt.charged).sum()
    }
}

fn facts(known: &Known) -> Vec<(&'static str, String)> {
    let reviewed = &known.dossier.reviewed;
    let post = &reviewed.post;
    let (written, sent) = (post.generation_cost, known.sent());
    let mut facts = vec![("bot", post.bot.to_string()), ("state", post.state.as_str().to_owned())];
    facts.extend(post.topic.clone().map(|topic| ("topic", topic)));
    facts.push(("writing it", money(written)));
    facts.push(("sending it", money(sent)));
    facts.push(("cost in all", money(MicroUsd(written.0 + sent.0))));
    facts.push(("bytes", told::short(known.dossier.bytes().as_str())));
    facts.push(("mode", reviewed.mode.explain().to_owned()));
    facts
}
