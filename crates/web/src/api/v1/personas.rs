//! Who a bot is: the persona in force and those before it. A state never changes; a change makes the next.

use axum::Json;
use axum::http::StatusCode;
use domain::model::access::Right;
use domain::model::{LinkPolicy, Persona, Policy, Topic};
use domain::ports::store::PersonaState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Named};
use super::bots::{OfBot, find};
use super::operation::Operation;
use super::page::Page;
use super::table::Api;
use crate::problem::Problem;

/// States that are listed at most, the newest.
const STATES_MAX: u32 = 100;

/// Which state of a bot's persona.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfState {
    /// The bot's name.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "lighthouse")]
    bot: String,
    /// 1 at first, and one more with every change.
    #[param(minimum = 1)]
    version: u32,
}

/// A state of a persona.
#[derive(Serialize, ToSchema)]
#[schema(as = Persona)]
struct PersonaView {
    version: u32,
    /// Since when it was in force.
    since: Timestamp,
    personality_prompt: String,
    posting_style: String,
    tone: String,
    content_sources: Vec<String>,
    topics: Vec<TopicView>,
    formats: Vec<String>,
    examples: Vec<String>,
    never_say: Vec<String>,
    #[schema(required)]
    reading_level: Option<&'static str>,
    policy: PolicyView,
}

/// What it writes about.
#[derive(Serialize, ToSchema)]
#[schema(as = Topic)]
struct TopicView {
    name: String,
    /// How often it comes beside the others.
    weight: u32,
    angles: Vec<String>,
    formats: Vec<String>,
}

/// What it may write.
#[derive(Serialize, ToSchema)]
#[schema(as = Policy)]
struct PolicyView {
    /// The longest post, in X's weighted characters.
    max_length: u32,
    /// ISO 639-1 codes; none means any.
    languages: Vec<String>,
    /// `any`, `none`, `own` or `hosts`.
    links: &'static str,
    /// The hosts, where only some are allowed.
    link_hosts: Vec<String>,
    mentions_allowed: Vec<String>,
    #[schema(required)]
    hashtags_max: Option<u32>,
    hashtags_allowed: Vec<String>,
    cashtags_max: u32,
    #[schema(required)]
    emoji_max: Option<u32>,
    banned_words: Vec<String>,
    #[schema(required)]
    disclosure: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get(
            "/bots/{bot}/personas",
            "list_personas",
            "A bot's persona, the one in force first",
        )
        .tells("At most the newest 100 states.")
        .of::<OfBot>()
        .lists::<PersonaView>()
        .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        list,
    )
    .may(
        Right::Read,
        Operation::get(
            "/bots/{bot}/personas/{version}",
            "get_persona",
            "One state of a bot's persona",
        )
        .of::<OfState>()
        .answers::<PersonaView>()
        .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        one,
    )
}

async fn list(ask: Ask, Named(of): Named<OfBot>) -> Result<Json<Page<PersonaView>>, Problem> {
    let id = of.id()?;
    find(&ask, &id).await?;
    let states = ask.shared.store.list_personas(&id, STATES_MAX).await?;
    Ok(Json(Page::whole(states.into_iter().map(PersonaView::of).collect())))
}

async fn one(ask: Ask, Named(of): Named<OfState>) -> Result<Json<PersonaView>, Problem> {
    let id = OfBot { bot: of.bot }.id()?;
    find(&ask, &id).await?;
    let state = ask.shared.store.find_persona(&id, of.version).await?;
    Ok(Json(PersonaView::of(state.ok_or_else(Problem::not_found)?)))
}

impl PersonaView {
    fn of(state: PersonaState) -> Self {
        let Persona { policy, reading_level, .. } = &state.persona;
        Self {
            version: state.version,
            since: state.since,
            reading_level: reading_level.map(domain::model::ReadingLevel::as_str),
            policy: PolicyView::of(policy),
            personality_prompt: state.persona.personality_prompt,
            posting_style: state.persona.posting_style,
            tone: state.persona.tone,
            content_sources: state.persona.content_sources,
            topics: state.persona.topics.into_iter().map(TopicView::of).collect(),
            formats: state.persona.formats,
            examples: state.persona.examples,
            never_say: state.persona.never_say,
        }
    }
}

impl TopicView {
    fn of(topic: Topic) -> Self {
        let Topic { name, weight, angles, formats } = topic;
        Self { name, weight, angles, formats }
    }
}

impl PolicyView {
    fn of(policy: &Policy) -> Self {
        let (links, link_hosts) = match &policy.links {
            LinkPolicy::Any => ("any", Vec::new()),
            LinkPolicy::None => ("none", Vec::new()),
            LinkPolicy::Own(_) => ("own", Vec::new()),
            LinkPolicy::Hosts(hosts) => ("hosts", hosts.clone()),
        };
        Self {
            max_length: policy.max_length,
            languages: policy.languages.clone(),
            links,
            link_hosts,
            mentions_allowed: policy.mentions_allowed.clone(),
            hashtags_max: policy.hashtags_max,
            hashtags_allowed: policy.hashtags_allowed.clone(),
            cashtags_max: policy.cashtags_max,
            emoji_max: policy.emoji_max,
            banned_words: policy.banned_words.clone(),
            disclosure: policy.disclosure.clone(),
        }
    }
}
