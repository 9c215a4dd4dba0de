//! The moderation endpoint that sees texts before they are stored.

use domain::model::Secret;
use jiff::SignedDuration;

use super::mode::Mode;
use super::model::Model;
use super::parse::{self, Wrong};
use super::problem::{Place, Problem};
use super::setting::{Kind, Setting};
use super::sources::{Sought, Sources};
use super::x::is_private_enough;

/// The endpoint.
#[derive(Clone)]
pub struct Moderation {
    /// The moderation model's id.
    pub model: String,
    /// Where it is, without a trailing slash.
    pub base_url: String,
    /// Its key; a server that asks for none has none.
    pub api_key: Option<Secret>,
    /// Categories that no person may let through; a star at the end stands for all that begin so.
    pub refused: Vec<String>,
    /// Whether it sees the texts of a grammar, too.
    pub sees_grammar: bool,
    /// How long an answer may take.
    pub timeout: SignedDuration,
}

const MODEL: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_MODEL",
    file: Some(("moderation", "model")),
    kind: Kind::Text,
    default: None,
    meaning: "The moderation model that sees each text before it is queued. Without one no endpoint\n\
              is asked.",
    example: "omni-moderation-2024-09-26",
};

const BASE_URL: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_BASE_URL",
    file: Some(("moderation", "base_url")),
    kind: Kind::Text,
    default: None,
    meaning: "The server of the endpoint, where it is not the one that writes.",
    example: "https://api.openai.com/v1",
};

const API_KEY: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_API_KEY",
    file: Some(("moderation", "api_key")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the key of that server. OPENAI_API_KEY goes to its own server alone.",
    example: "/run/secrets/moderation_api_key",
};

const REFUSED: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_REFUSED",
    file: Some(("moderation", "refused")),
    kind: Kind::List,
    default: Some("sexual/minors"),
    meaning: "Categories that no person may let through; self-harm* stands for all that begin so.",
    example: "",
};

const GRAMMAR: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_GRAMMAR",
    file: Some(("moderation", "grammar")),
    kind: Kind::Flag,
    default: Some("false"),
    meaning: "Whether it sees what a grammar writes, too. A person wrote that, and it is there for when\n\
              servers are away.",
    example: "",
};

const TIMEOUT: Setting = Setting {
    variable: "FLOCKWORK_MODERATION_TIMEOUT",
    file: Some(("moderation", "timeout")),
    kind: Kind::Text,
    default: Some("20s"),
    meaning: "How long one answer may take, 1s to 2m; then the text waits for a person.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&MODEL, &BASE_URL, &API_KEY, &REFUSED, &GRAMMAR, &TIMEOUT];

/// Which categories, at most.
const REFUSED_MAX: usize = 50;

impl Moderation {
    /// `None`: no endpoint is asked.
    pub(super) fn read(sources: &mut Sources<'_>, mode: Mode, writer: &Model) -> Option<Self> {
        let model = sources.find(&MODEL, parse::text);
        let own = sources.find(&BASE_URL, parse::base_url);
        let own_key = sources.seek_secret(&API_KEY);
        let refused = sources.read(&REFUSED, categories).0;
        let sees_grammar = sources.read(&GRAMMAR, parse::flag).0;
        let times = parse::duration(SignedDuration::from_secs(1), SignedDuration::from_mins(2));
        let timeout = sources.read(&TIMEOUT, times).0;
        let (model, place) = model?;
        let is_missing = matches!(own_key, Sought::Absent);
        let own_key = match own_key {
            Sought::Found(key, _) => Some(key),
            Sought::Wrong | Sought::Absent => None,
        };
        let (base_url, api_key, place) = match own {
            // The writer's key is for the writer's server.
            Some((url, place)) if url != writer.base_url => (url, own_key, place),
            own => {
                let key = own_key.or_else(|| writer.api_key.clone());
                if key.is_none() && is_missing && own.is_none() {
                    sources.problems.push(no_key(place.clone()));
                }
                (writer.base_url.clone(), key, place)
            }
        };
        if mode.is_production() && api_key.is_some() && !is_private_enough(&base_url) {
            sources.problems.add(
                place,
                format!("`{base_url}`, over which the key would go unencrypted"),
                "in production: https://, or a server on a private network",
                "write https:// in front",
            );
        }
        Some(Self { model, base_url, api_key, refused, sees_grammar, timeout })
    }
}

/// A command that only looks goes on without a key: a text that it brings waits for a person.
fn no_key(place: Place) -> Problem {
    let mend = "set OPENAI_API_KEY, or FLOCKWORK_MODERATION_BASE_URL to a server of its own";
    Problem {
        place,
        found: "a moderation model, and no key for its server".to_owned(),
        allowed: "one with OPENAI_API_KEY, or on another server".to_owned(),
        mend: mend.to_owned(),
        is_about_sending: true,
    }
}

/// Names of categories, between commas.
fn categories(text: &str) -> Result<Vec<String>, Wrong> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(str::to_owned).collect();
    let is_name = |name: &String| {
        let bare = name.strip_suffix('*').unwrap_or(name);
        bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_'))
    };
    if names.len() <= REFUSED_MAX && names.iter().all(is_name) {
        return Ok(names);
    }
    Err(Wrong::new(
        format!("up to {REFUSED_MAX} names of categories, such as sexual/minors or self-harm*"),
        "write the categories as the endpoint names them",
    ))
}
