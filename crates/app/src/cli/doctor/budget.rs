//! Whether anything bounds what is spent.

use domain::model::{Budgets, Caps};
use domain::rules::cost::post_cost;
use jiff::Timestamp;

use super::finding::Finding;

/// X charges for every post and stops by itself only at the limit of its console.
pub(super) fn examine(budgets: &Budgets, now: Timestamp) -> Finding {
    let has_cap = |caps: Caps| !caps.are_open();
    let for_x = [budgets.all, budgets.app, budgets.bot].into_iter();
    if for_x.chain(budgets.of_bots.values().copied()).any(|caps| has_cap(caps.x)) {
        return Finding::good("budget", "what X may charge has a cap");
    }
    Finding::doubtful(
        "budget",
        format!(
            "nothing bounds what X may charge: a post costs {}, one with a link {}",
            post_cost(false, now),
            post_cost(true, now)
        ),
        "set x_day and x_month in [budget] of flockwork.toml, and the spending limit in X's console",
    )
}

#[cfg(test)]
mod tests {
    use domain::model::{MicroUsd, PurseCaps};

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn a_house_without_caps_is_told_and_one_cap_for_x_is_enough() {
        let capped = Caps { day: Some(MicroUsd(1)), month: None };
        let of = |x, model| Budgets { app: PurseCaps { x, model }, ..Budgets::default() };
        let now = "2026-11-27T12:00:00Z".parse().unwrap();
        assert_eq!(examine(&of(capped, Caps::default()), now).outcome, Outcome::Good);
        let doubtful = examine(&of(Caps::default(), capped), now);
        assert_eq!(doubtful.outcome, Outcome::Doubtful);
        assert!(doubtful.detail.contains("one with a link $0.20"), "{}", doubtful.detail);
    }
}
