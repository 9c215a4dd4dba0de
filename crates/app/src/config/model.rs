//! The model server that writes candidates.

use domain::model::{MicroUsd, Secret};
use domain::rules::cost::{DEFAULT_MODEL, OwnPrice, OwnPrices};
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
    /// What models cost that the price list does not know, or not rightly.
    pub prices: OwnPrices,
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

const PRICE: Setting = Setting {
    variable: "FLOCKWORK_MODEL_PRICE",
    file: Some(("model", "price")),
    kind: Kind::List,
    default: Some(""),
    meaning: "US dollars for a million tokens, asked/answered, of every model that the price list does not\n\
              know: 0.15/0.60, or 0 where it is free; with a model in front of that one: big=2/8. Under a\n\
              cap nothing is asked whose price nobody knows, unless it stands on a private network.",
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
    &[&API_KEY, &BASE_URL, &MODEL, &THRIFTY, &FALLBACKS, &LAST_RESORT, &BULK, &PRICE, &TIMEOUT];

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
            prices: sources.read(&PRICE, prices).0,
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

/// More prices than models that may be asked are a mistake.
const PRICES_MAX: usize = 20;

/// `MODEL=ASKED/ANSWERED` between commas; without a model it is that of all others.
fn prices(text: &str) -> Result<OwnPrices, Wrong> {
    let wrong = || {
        let allowed = "dollars for a million tokens, asked/answered: 0.15/0.60, big=2/8, or 0";
        Wrong::new(allowed, "see the model's page at its maker; 0 where it costs nothing")
    };
    let each: Vec<&str> = text.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    if each.len() > PRICES_MAX {
        return Err(Wrong::new(format!("up to {PRICES_MAX} prices"), "leave some out"));
    }
    let mut prices = OwnPrices::default();
    for one in each {
        let (model, amounts) = match one.rsplit_once('=') {
            Some((model, amounts)) => (Some(model.trim()), amounts),
            None => (None, one),
        };
        let price = price(amounts).ok_or_else(wrong)?;
        let before = match model {
            Some("") => return Err(wrong()),
            Some(model) => prices.named.insert(model.to_owned(), price),
            None => prices.others.replace(price),
        };
        if before.is_some() {
            return Err(Wrong::new("one price for each model", format!("leave out `{one}`")));
        }
    }
    Ok(prices)
}

/// `0.15/0.60`; one amount is for both.
fn price(amounts: &str) -> Option<OwnPrice> {
    let (input, output) = amounts.split_once('/').unwrap_or((amounts, amounts));
    let micro = |text: &str| u64::try_from(text.trim().parse::<MicroUsd>().ok()?.0).ok();
    Some(OwnPrice { input: micro(input)?, output: micro(output)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_for_one_model_and_for_all_others() {
        let read = prices("0.15/0.60, big=2/8.5,a=b/c=0").unwrap();
        let cents = OwnPrice { input: 150_000, output: 600_000 };
        assert_eq!(read.others, Some(cents));
        assert_eq!(read.named["big"], OwnPrice { input: 2_000_000, output: 8_500_000 });
        assert_eq!(read.named["a=b/c"], OwnPrice { input: 0, output: 0 });
        assert_eq!(prices("").unwrap(), OwnPrices::default());
        for wrong in ["1/", "-1", "a=", "=1", "1/2/3", "1,2", "big=1,big=2", "free"] {
            assert!(prices(wrong).is_err(), "{wrong}");
        }
    }
}
