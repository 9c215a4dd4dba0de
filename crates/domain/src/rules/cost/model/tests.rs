//! Prices as the makers list them, under the names that servers use; what is not listed has none.

use super::*;
use crate::rules::cost::Tariff;

fn today() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

fn usage(model: &str, prompt: u64, cached: u64, completion: u64) -> GenerationUsage {
    GenerationUsage {
        model: model.to_owned(),
        prompt_tokens: prompt,
        cached_tokens: cached,
        completion_tokens: completion,
        cost: None,
    }
}

fn cost(model: &str, prompt: u64, cached: u64, completion: u64) -> Option<i64> {
    model_cost(&usage(model, prompt, cached, completion), today()).map(|cost| cost.0)
}

#[test]
fn the_price_file_is_in_order() {
    let mut ids: Vec<_> = PRICES.models.iter().map(|model| &model.id).collect();
    for model in &PRICES.models {
        assert!(!model.source.is_empty(), "{}", model.id);
        // What `find_model` compares with.
        assert_eq!(without_date(&model.id), model.id);
        assert_eq!(model.id.to_ascii_lowercase(), model.id);
        assert!(model.prices.is_sorted_by(|one, next| one.from < next.from), "{}", model.id);
        assert!(!model.prices.is_empty() || model.shutdown.is_some(), "{}", model.id);
        for price in &model.prices {
            if (price.input, price.cached, price.output) == (0, 0, 0) {
                continue;
            }
            assert!(0 < price.cached && price.cached < price.input, "{}", model.id);
            assert!(price.input < price.output, "{}", model.id);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), PRICES.models.len());
}

#[test]
fn the_default_model_is_listed_and_stays() {
    assert_eq!(PRICES.default, DEFAULT_MODEL);
    assert!(find_model(DEFAULT_MODEL).is_some_and(|model| !model.prices.is_empty()));
    assert_eq!(shutdown_of(DEFAULT_MODEL), None);
}

#[test]
fn a_million_tokens_cost_what_the_maker_lists() {
    // In dollars: input, cached, output.
    let table = [
        ("gpt-6-luna", "$0.10", "$0.01", "$0.50"),
        ("gpt-6-sol", "$2.00", "$0.20", "$10.00"),
        ("gpt-6-astra", "$10.00", "$1.00", "$50.00"),
        ("gpt-5.6-luna", "$0.20", "$0.02", "$1.20"),
        ("gpt-5.6-terra", "$2.00", "$0.20", "$12.00"),
        ("gpt-5.6-sol", "$4.00", "$0.40", "$20.00"),
        ("gpt-5.4", "$2.50", "$0.25", "$15.00"),
        ("gpt-5.4-mini", "$0.75", "$0.075", "$4.50"),
        ("gpt-5.4-nano", "$0.20", "$0.02", "$1.25"),
        ("gpt-5", "$1.25", "$0.125", "$10.00"),
        ("gpt-5-mini", "$0.25", "$0.025", "$2.00"),
        ("gpt-5-nano", "$0.05", "$0.005", "$0.40"),
        ("gpt-4.1", "$2.00", "$0.50", "$8.00"),
        ("gpt-4.1-mini", "$0.40", "$0.10", "$1.60"),
        ("gpt-4o", "$2.50", "$1.25", "$10.00"),
        ("gpt-4o-mini", "$0.15", "$0.075", "$0.60"),
    ];
    let million = 1_000_000;
    for (model, input, cached, output) in table {
        let shown = |prompt, cached, completion| {
            let cost = model_cost(&usage(model, prompt, cached, completion), today());
            cost.expect("a listed model").to_string()
        };
        assert_eq!(shown(million, 0, 0), input, "{model}");
        // The prompt's tokens include the cached ones.
        assert_eq!(shown(million, million, 0), cached, "{model}");
        assert_eq!(shown(0, 0, million), output, "{model}");
    }
}

#[test]
fn a_batch_is_rounded_up() {
    // 1200 fresh at 0.1, 800 cached at 0.01, 900 out at 0.5: 120 + 8 + 450 micro-dollars.
    assert_eq!(cost("gpt-6-luna", 2_000, 800, 900), Some(578));
    assert_eq!(cost("gpt-6-luna", 1, 0, 0), Some(1));
    assert_eq!(cost("gpt-6-luna", 10, 0, 0), Some(1));
    assert_eq!(cost("gpt-6-luna", 11, 0, 0), Some(2));
    assert_eq!(cost("gpt-6-luna", 0, 0, 0), Some(0));
}

#[test]
fn strange_figures_do_not_overflow() {
    assert_eq!(cost("gpt-6-luna", 100, 500, 0), Some(1), "more cached than asked");
    assert_eq!(cost("gpt-6-astra", u64::MAX, 0, u64::MAX), Some(i64::MAX));
}

#[test]
fn the_servers_own_figure_wins() {
    let mut usage = usage("some/unknown-model", 10, 0, 10);
    usage.cost = Some(MicroUsd(77));
    assert_eq!(model_cost(&usage, today()), Some(MicroUsd(77)));
}

#[test]
fn models_are_found_under_the_names_servers_use() {
    let names = [
        "gpt-6-luna",
        "openai/gpt-6-luna",
        "gpt-6-luna-2026-09-22",
        "gpt-6-luna-20260922",
        "gpt-6-luna-latest",
        "openrouter/openai/GPT-6-Luna-2026-09-22",
        " gpt-6-luna ",
    ];
    for name in names {
        assert_eq!(cost(name, 1_000_000, 0, 0), Some(100_000), "{name}");
    }
    assert_eq!(cost("gpt-5-mini-2025-08-07", 1_000_000, 0, 0), Some(250_000));
}

#[test]
fn what_is_not_listed_has_no_price() {
    let names = [
        "",
        "/",
        "llama3.3",
        "gpt-6",
        "gpt-6-luna-pro",
        "gpt-6-luna:free",
        "luna",
        "-latest",
        "gpt-6-luna-2026-09",
        "ft:gpt-4.1-mini-2025-04-14:acme::x1",
        "gpt-6-lunä-2026-09-22",
        // Gone, and its price with it.
        "gpt-4-turbo",
    ];
    for name in names {
        assert_eq!(cost(name, 1_000, 0, 1_000), None, "{name}");
    }
    assert_eq!(cost("grammar", 0, 0, 0), Some(0));
}

#[test]
fn shutdowns_are_known() {
    let table = [
        ("gpt-5-mini", Some("2026-12-11")),
        ("openai/gpt-4o-mini-2024-07-18", Some("2027-01-14")),
        ("gpt-4-turbo", Some("2026-10-23")),
        ("gpt-5.4-mini", None),
        ("llama3.3", None),
    ];
    for (model, day) in table {
        assert_eq!(shutdown_of(model).map(|day| day.to_string()).as_deref(), day, "{model}");
    }
}

#[test]
fn no_request_costs_more_than_its_ceiling() {
    let at: Timestamp = "2026-11-27T12:00:00Z".parse().expect("a time");
    // 2 000 bytes are 2 000 tokens at most: 200 + 400 micro-dollars.
    assert_eq!(model_ceiling("gpt-6-luna", 2_000, 800, at), Some(MicroUsd(600)));
    assert_eq!(model_ceiling("gpt-6-luna", 1, 1, at), Some(MicroUsd(1)), "rounded up");
    assert_eq!(model_ceiling("llama3.3", 2_000, 800, at), None);
    assert!(model_ceiling("gpt-6-luna", usize::MAX, u32::MAX, at).is_some());
    assert!(is_priced("gpt-6-luna") && !is_priced("llama3.3") && !is_priced("gpt-4"));
}

#[test]
fn work_in_bulk_costs_half_and_never_less() {
    let of = |prompt, completion| bulk_cost(&usage("gpt-6-luna", prompt, 0, completion), today());
    assert_eq!(of(1_000_000, 0), Some(MicroUsd(50_000)));
    assert_eq!(of(0, 1_000_000), Some(MicroUsd(250_000)));
    assert_eq!(of(1, 0), Some(MicroUsd(1)), "a part of a micro-dollar is one");
    let told = GenerationUsage { cost: Some(MicroUsd(7)), ..usage("gpt-6-luna", 9, 0, 9) };
    assert_eq!(bulk_cost(&told, today()), Some(MicroUsd(7)), "the server knows best");
    assert_eq!(bulk_cost(&usage("local", 9, 0, 9), today()), None);
    let most = model_ceiling("gpt-6-luna", 1_000, 500, today()).expect("a price");
    assert_eq!(Tariff::default().bulk_ceiling("gpt-6-luna", 1_000, 500, today()), Some(half(most)));
}
