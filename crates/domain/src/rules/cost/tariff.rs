//! What a house says of the price of its models, beside the list.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::model::{half, in_micro_usd, is_priced, model_ceiling};
use crate::model::{GenerationUsage, MicroUsd};

/// Micro-dollars for a million tokens. What a server keeps in its cache is no cheaper here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPrice {
    /// Of what is asked.
    pub input: u64,
    /// Of what is answered.
    pub output: u64,
}

impl OwnPrice {
    fn of(self, input: u128, output: u128) -> MicroUsd {
        let input = input.saturating_mul(u128::from(self.input));
        in_micro_usd(input.saturating_add(output.saturating_mul(u128::from(self.output))))
    }
}

/// The prices that a house names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPrices {
    /// Of these models, whatever the list says.
    pub named: BTreeMap<String, OwnPrice>,
    /// Of every other model that the list does not know.
    pub others: Option<OwnPrice>,
}

impl OwnPrices {
    /// What holds for `model` beside the list.
    pub fn find(&self, model: &str) -> Option<OwnPrice> {
        let others = || self.others.filter(|_| !is_priced(model));
        self.named.get(model).copied().or_else(others)
    }
}

/// The prices of a server: the house's, then the list's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariff {
    /// What the house says.
    pub own: OwnPrices,
    /// It stands in the house, so what the list does not know is taken to cost nothing.
    pub is_near: bool,
}

impl Tariff {
    /// The most that one request can cost, as [`model_ceiling`]; `None` where nobody knows a price.
    pub fn ceiling(
        &self,
        model: &str,
        prompt_bytes: usize,
        completion_tokens_max: u32,
        at: Timestamp,
    ) -> Option<MicroUsd> {
        let Some(price) = self.own.find(model) else {
            return model_ceiling(model, prompt_bytes, completion_tokens_max, at);
        };
        let prompt_tokens = u128::try_from(prompt_bytes).unwrap_or(u128::MAX);
        Some(price.of(prompt_tokens, u128::from(completion_tokens_max)))
    }

    /// What a request took: the server's own figure, or by the house's price. `None` leaves it to the list.
    /// Models go by what they are asked as, because servers answer under names of their own.
    pub fn cost(&self, model: &str, usage: &GenerationUsage) -> Option<MicroUsd> {
        let tokens = (u128::from(usage.prompt_tokens), u128::from(usage.completion_tokens));
        let own = || self.own.find(model).map(|price| price.of(tokens.0, tokens.1));
        usage.cost.or_else(own)
    }

    /// As [`Tariff::ceiling`], of one request of an order in bulk.
    pub fn bulk_ceiling(
        &self,
        model: &str,
        prompt_bytes: usize,
        completion_tokens_max: u32,
        at: Timestamp,
    ) -> Option<MicroUsd> {
        self.ceiling(model, prompt_bytes, completion_tokens_max, at).map(half)
    }

    /// As [`Tariff::cost`], of one request of an order in bulk: half of the house's price.
    pub fn bulk_cost(&self, model: &str, usage: &GenerationUsage) -> Option<MicroUsd> {
        usage.cost.or_else(|| self.cost(model, usage).map(half))
    }

    /// Whether somebody may send a bill for `model` of which nobody here knows how high it is.
    pub fn is_unpriced(&self, model: &str) -> bool {
        !self.is_near && self.own.find(model).is_none() && !is_priced(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::cost::DEFAULT_MODEL;

    fn at() -> Timestamp {
        "2026-11-28T12:00:00Z".parse().unwrap()
    }

    fn usage() -> GenerationUsage {
        GenerationUsage {
            model: "a name of the server's".to_owned(),
            prompt_tokens: 1_000,
            cached_tokens: 500,
            completion_tokens: 10,
            ..GenerationUsage::default()
        }
    }

    #[test]
    fn a_named_price_comes_before_the_list_and_the_other_one_after_it() {
        let (dear, cheap) = (
            OwnPrice { input: 2_000_000, output: 8_000_000 },
            OwnPrice { input: 100_000, output: 1_000_000 },
        );
        let named = |model: &str| BTreeMap::from([(model.to_owned(), dear)]);
        let tariff = |named, others| Tariff { own: OwnPrices { named, others }, is_near: false };
        let both = tariff(named(DEFAULT_MODEL), Some(cheap));
        assert_eq!(both.ceiling(DEFAULT_MODEL, 1_000, 10, at()), Some(MicroUsd(2_080)));
        assert_eq!(both.cost(DEFAULT_MODEL, &usage()), Some(MicroUsd(2_080)));
        assert_eq!(both.ceiling("home-made", 1_000, 10, at()), Some(MicroUsd(110)));
        assert_eq!(both.cost("home-made", &usage()), Some(MicroUsd(110)));
        let told = GenerationUsage { cost: Some(MicroUsd(7)), ..usage() };
        assert_eq!(both.cost("home-made", &told), Some(MicroUsd(7)), "the server knows it best");
        let others = tariff(BTreeMap::new(), Some(cheap));
        let listed = model_ceiling(DEFAULT_MODEL, 1_000, 10, at());
        assert_eq!(others.ceiling(DEFAULT_MODEL, 1_000, 10, at()), listed);
        assert_eq!(others.cost(DEFAULT_MODEL, &usage()), None, "the list says it");
        assert_eq!(both.bulk_ceiling("home-made", 1_000, 10, at()), Some(MicroUsd(55)));
        assert_eq!(both.bulk_cost("home-made", &usage()), Some(MicroUsd(55)));
        assert_eq!(both.bulk_cost("home-made", &told), Some(MicroUsd(7)));
        let huge = OwnPrice { input: u64::MAX, output: u64::MAX };
        let huge = tariff(BTreeMap::new(), Some(huge));
        assert!(huge.ceiling("x", usize::MAX, u32::MAX, at()) >= Some(MicroUsd(i64::MAX)));
    }

    #[test]
    fn only_far_away_is_a_price_unknown() {
        let free =
            OwnPrices { named: BTreeMap::new(), others: Some(OwnPrice { input: 0, output: 0 }) };
        for (own, is_near, model, is_unpriced) in [
            (OwnPrices::default(), false, "home-made", true),
            (OwnPrices::default(), true, "home-made", false),
            (OwnPrices::default(), false, DEFAULT_MODEL, false),
            (free.clone(), false, "home-made", false),
        ] {
            let tariff = Tariff { own, is_near };
            assert_eq!(tariff.is_unpriced(model), is_unpriced, "{tariff:?} {model}");
        }
        let free = Tariff { own: free, is_near: false };
        assert_eq!(free.ceiling("home-made", 9_000, 900, at()), Some(MicroUsd::ZERO));
    }
}
