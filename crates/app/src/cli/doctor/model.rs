//! The model server: does it answer, does it have the model, and for how long?

use clients::llm::ListedModel;
use domain::ports::WriterError;
use domain::rules::cost::{DEFAULT_MODEL, SHUTDOWN_NOTICE_DAYS, Tariff, is_priced, shutdown_of};
use jiff::civil::Date;

use super::finding::Finding;
use crate::config::Config;

/// A model, and the variable that names it.
pub(super) type Named<'a> = (&'a str, &'static str);

/// Every model that may be asked.
pub(super) fn named(config: &Config) -> Vec<Named<'_>> {
    let config = &config.model;
    let thrifty = config.thrifty_model.iter().map(|model| (model.as_str(), "OPENAI_THRIFTY_MODEL"));
    let fallbacks =
        config.fallbacks.iter().map(|model| (model.as_str(), "FLOCKWORK_MODEL_FALLBACKS"));
    let first = (config.model.as_str(), "OPENAI_MODEL");
    std::iter::once(first).chain(thrifty).chain(fallbacks).collect()
}

/// Budgets count what a price list knows, or what the server says itself.
pub(super) fn judge_price(model: &str, tariff: &Tariff, is_capped: bool) -> Finding {
    if tariff.own.find(model).is_some() || is_priced(model) {
        return Finding::good("model", format!("the price of {model} is known"));
    }
    let mend = "set FLOCKWORK_MODEL_PRICE, 0 where it costs nothing";
    if is_capped && tariff.is_unpriced(model) {
        let detail = format!("no price of {model} is known, so it is not asked under a budget");
        return Finding::bad("model", detail, mend);
    }
    let detail = format!(
        "no price of {model} is known: budgets do not count it, unless its server says the cost"
    );
    Finding::doubtful("model", detail, mend)
}

pub(super) fn judge(
    models: &[Named<'_>],
    listed: Result<Vec<ListedModel>, WriterError>,
    today: Date,
) -> Vec<Finding> {
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => return vec![refused(&error)],
    };
    models.iter().flat_map(|named| judge_one(*named, &listed, today)).collect()
}

fn judge_one((model, variable): Named<'_>, listed: &[ListedModel], today: Date) -> Vec<Finding> {
    let in_list = listed.iter().find(|one| one.id == model);
    let off_on = in_list.and_then(|one| one.shutdown_on).or_else(|| shutdown_of(model));
    let presence = if in_list.is_some() {
        Finding::good("model", format!("the server answers and has {model}"))
    } else {
        let some: Vec<&str> = listed.iter().take(8).map(|one| one.id.as_str()).collect();
        Finding::doubtful(
            "model",
            format!("the server answers, but does not list {model}"),
            format!("set {variable} to one that it has, such as {}", some.join(", ")),
        )
    };
    let going_off = off_on.and_then(|day| going_off((model, variable), day, today));
    std::iter::once(presence).chain(going_off).collect()
}

fn going_off((model, variable): Named<'_>, day: Date, today: Date) -> Option<Finding> {
    let mend = format!("set {variable} to another, such as {DEFAULT_MODEL}");
    let days = today.until(day).ok()?.get_days();
    if days <= 0 {
        return Some(Finding::bad("model", format!("{model} was switched off on {day}"), mend));
    }
    let detail = format!("{model} is switched off on {day}, in {days} days");
    (days <= SHUTDOWN_NOTICE_DAYS).then(|| Finding::doubtful("model", detail, mend))
}

fn refused(error: &WriterError) -> Finding {
    let detail = error.to_string();
    match error {
        WriterError::Unauthorized(_) => Finding::bad("model", detail, "copy OPENAI_API_KEY anew"),
        WriterError::OutOfCredit(_) => Finding::bad("model", detail, "top up the account"),
        WriterError::RateLimited { .. } => {
            Finding::doubtful("model", detail, "the key is known; ask again later")
        }
        WriterError::Unavailable(_) | WriterError::NotSent(_) => {
            Finding::bad("model", detail, "look at the network and at OPENAI_BASE_URL")
        }
        WriterError::BadRequest(_) | WriterError::Refused(_) | WriterError::Unusable(_) => {
            let mend = "OPENAI_BASE_URL should end where /models and /chat/completions begin, \
                        mostly in /v1";
            Finding::doubtful("model", detail, mend)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::rules::cost::{OwnPrice, OwnPrices};
    use jiff::civil::date;

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_model_without_a_price_is_told() {
        let (far, near) = (Tariff::default(), Tariff { is_near: true, ..Tariff::default() });
        let others = Some(OwnPrice { input: 0, output: 0 });
        let own = OwnPrices { others, ..OwnPrices::default() };
        let told = Tariff { own, ..Tariff::default() };
        for (model, tariff, is_capped, outcome) in [
            (DEFAULT_MODEL, &far, true, Outcome::Good),
            ("local-model", &far, false, Outcome::Doubtful),
            ("local-model", &far, true, Outcome::Bad),
            ("local-model", &near, true, Outcome::Doubtful),
            ("local-model", &told, true, Outcome::Good),
            ("gpt-4-turbo", &far, true, Outcome::Bad), // It went.
        ] {
            let judged = judge_price(model, tariff, is_capped).outcome;
            assert_eq!(judged, outcome, "{model} {tariff:?} {is_capped}");
        }
    }

    #[test]
    fn a_model_that_is_not_there_or_goes_off_is_told() {
        let has = |id: &str, shutdown_on| Ok(vec![ListedModel { id: id.to_owned(), shutdown_on }]);
        let today = date(2026, 11, 23);
        let outcomes = |listed| -> Vec<Outcome> {
            judge(&[("local-model", "OPENAI_MODEL")], listed, today)
                .iter()
                .map(|finding| finding.outcome)
                .collect()
        };
        assert_eq!(outcomes(has("local-model", None)), [Outcome::Good]);
        assert_eq!(outcomes(has("other", None)), [Outcome::Doubtful]);
        let soon = has("local-model", Some(date(2026, 12, 11)));
        assert_eq!(outcomes(soon), [Outcome::Good, Outcome::Doubtful]);
        let gone = has("local-model", Some(date(2026, 11, 1)));
        assert_eq!(outcomes(gone), [Outcome::Good, Outcome::Bad]);
        let ladder = [("local-model", "OPENAI_MODEL"), ("other", "FLOCKWORK_MODEL_FALLBACKS")];
        let found = judge(&ladder, has("local-model", None), today);
        assert_eq!(
            found.iter().map(|one| one.outcome).collect::<Vec<_>>(),
            [Outcome::Good, Outcome::Doubtful]
        );
        assert!(format!("{:?}", found[1]).contains("FLOCKWORK_MODEL_FALLBACKS"));
        assert_eq!(outcomes(Err(WriterError::Unauthorized("no".to_owned()))), [Outcome::Bad]);
    }
}
