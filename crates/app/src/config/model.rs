//! The model server that writes candidates.

use domain::model::Secret;
use domain::rules::cost::DEFAULT_MODEL;
use jiff::SignedDuration;

use super::mode::Mode;
use super::parse::{self, Wrong};
use super::setting::{Kind, Setting};
use super::sources::Sources;
use super::x::is_private_enough;

/// The model server.
#[derive(Clone)]
pub struct Model {
    /// Its key; without one the built-in grammar writes. A server that asks for none is given any
    /// word.
    pub api_key: Option<Secret>,
    /// Where it is, without a trailing slash.
    pub base_url: String,
    /// The model's id.
    #[expect(clippy::struct_field_names, reason = "the key in the file and the variable say it")]
    pub model: String,
    /// The id of a cheaper one, for when little money is left.
    #[expect(clippy::struct_field_names, reason = "the key in the file and the variable say it")]
    pub thrifty_model: Option<String>,
    /// Models of the same server that stand in for it, in this order.
    pub fallbacks: Vec<String>,
    /// Whether a grammar writes for queues that are nearly empty while no model answers.
    pub has_last_resort: bool,
    /// Whether refills that can wait a day are ordered in bulk.
    pub orders_in_bulk: bool,
    /// How long an answer may take.
    pub timeout: SignedDuration,
}

const API_KEY: Setting = Setting {
    variable: "OPENAI_API_KEY",
    file: Some(("model", "api_key")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the key of the model server. Without one the built-in grammar\n\
              writes; a server that asks for none is given any word.",
    example: "/run/secrets/openai_api_key",
};

const BASE_URL: Setting = Setting {
    variable: "OPENAI_BASE_URL",
    file: Some(("model", "base_url")),
    kind: Kind::Text,
    default: Some("https://api.openai.com/v1"),
    meaning: "Any OpenAI-compatible server: OpenAI, Ollama, vLLM, llama.cpp, OpenRouter …",
    example: "",
};

const MODEL: Setting = Setting {
    variable: "OPENAI_MODEL",
    file: Some(("model", "model")),
    kind: Kind::Text,
    default: Some(DEFAULT_MODEL),
    meaning: "The model's id.",
    example: "",
};

const THRIFTY: Setting = Setting {
    variable: "OPENAI_THRIFTY_MODEL",
    file: Some(("model", "thrifty_model")),
    kind: Kind::Text,
    default: None,
    meaning: "The id of a cheaper model, which writes where 95 % of a budget are gone.",
    example: "gpt-6-luna",
};

const FALLBACKS: Setting = Setting {
    variable: "FLOCKWORK_MODEL_FALLBACKS",
    file: Some(("model", "fallbacks")),
    kind: Kind::List,
    default: Some(""),
    meaning: "Models of the same server that write while it does not answer, the best first.",
    example: "",
};

const LAST_RESORT: Setting = Setting {
    variable: "FLOCKWORK_MODEL_LAST_RESORT",
    file: Some(("model", "last_resort")),
    kind: Kind::Text,
    default: Some("grammar"),
    meaning: "What writes for queues that are nearly empty while no model answers: grammar or none.",
    example: "",
};

const TIMEOUT: Setting = Setting {
    variable: "FLOCKWORK_MODEL_TIMEOUT",
    file: Some(("model", "timeout")),
    kind: Kind::Text,
    default: Some("120s"),
    meaning: "How long one answer may take, 1s to 30m; a large model on a small machine is slow.",
    example: "",
};

const BULK: Setting = Setting {
    variable: "FLOCKWORK_MODEL_BULK",
    file: Some(("model", "bulk")),
    kind: Kind::Flag,
    default: Some("false"),
    meaning: "Order refills that can wait a day in bulk, for half the price, where the server has that.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&API_KEY, &BASE_URL, &MODEL, &THRIFTY, &FALLBACKS, &LAST_RESORT, &BULK, &TIMEOUT];

impl Model {
    pub(super) fn read(sources: &mut Sources<'_>, mode: Mode) -> Self {
        let api_key = sources.secret(&API_KEY).map(|(key, _)| key);
        let (base_url, place) = sources.read(&BASE_URL, parse::base_url);
        if mode.is_production() && api_key.is_some() && !is_private_enough(&base_url) {
            sources.problems.add(
                place,
                format!("`{base_url}`, over which the key would go unencrypted"),
                "in production: https://, or a server on a private network",
                "write https:// in front",
            );
        }
        let times = parse::duration(SignedDuration::from_secs(1), SignedDuration::from_mins(30));
        Self {
            api_key,
            base_url,
            model: sources.read(&MODEL, parse::text).0,
            thrifty_model: sources.find(&THRIFTY, parse::text).map(|(model, _)| model),
            fallbacks: sources.read(&FALLBACKS, models).0,
            has_last_resort: sources.read(&LAST_RESORT, last_resort).0,
            orders_in_bulk: sources.read(&BULK, parse::flag).0,
            timeout: sources.read(&TIMEOUT, times).0,
        }
    }
}

/// More of them take longer to fail than a batch may take.
const FALLBACKS_MAX: usize = 5;

/// Ids of models, between commas.
fn models(text: &str) -> Result<Vec<String>, Wrong> {
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    if ids.len() <= FALLBACKS_MAX {
        return Ok(ids);
    }
    Err(Wrong::new(format!("up to {FALLBACKS_MAX} models"), "leave the last ones out"))
}

fn last_resort(text: &str) -> Result<bool, Wrong> {
    parse::word(&[("grammar", true), ("none", false)])(text)
}
