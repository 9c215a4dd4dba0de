//! `flockwork.toml`.

use super::{Folder, KEYS};
use crate::config::{LogFormat, Place, example, reference};

#[test]
fn the_environment_wins_over_the_file_and_both_are_named() {
    let folder = Folder::new("dry_run = true\n[server]\nport = 4000\nrate_limit = 7\n");
    let loaded = folder.load(&[("HEALTH_CHECK_PORT", "5000")]);
    let place = |variable: &str| {
        loaded.shown().iter().find(|shown| shown.variable == variable).unwrap().place.clone()
    };
    assert_eq!(place("HEALTH_CHECK_PORT"), Place::Variable("HEALTH_CHECK_PORT".to_owned()));
    assert!(matches!(place("API_RATE_LIMIT"), Place::File { line: 4, column: 14, .. }));
    assert_eq!(place("BIND_ADDRESS"), Place::Default);
    let config = loaded.for_sending().unwrap();
    assert_eq!((config.server.address.port(), config.server.requests_per_minute_max), (5000, 7));
}

#[test]
fn every_mistake_in_the_file_is_told_with_its_line_and_column() {
    let folder = Folder::new(
        "dry_run = \"true\"\n\
         databse = \"x\"\n\
         [server]\n\
         port = 70000\n\
         rate_limt = 7\n\
         api_token = \"canary\"\n\
         [logging]\n\
         level = 3\n\
         dir = 1979-05-27\n\
         [model]\n\
         timeout = \"2h\"\n\
         [modl]\n",
    );
    let report = folder.report(&KEYS);
    assert!(!report.contains("canary"), "{report}");
    insta::assert_snapshot!("every_mistake_in_the_file", report);
}

#[test]
fn broken_syntax_is_told_with_its_place_and_the_rest_is_still_read() {
    let folder = Folder::new("[server]\nport = = 1\n[x]\nbase_url = \"nonsense\"\n");
    let report = folder.report(&KEYS);
    assert!(report.contains("flockwork.toml:2:"), "{report}");
    assert!(report.contains("flockwork.toml:4:12\n  found    `nonsense`"), "{report}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = Folder::new("");
    std::fs::remove_file(folder.path().join("flockwork.toml")).unwrap();
    assert!(folder.report(&KEYS).contains("flockwork.toml\n  found    No such file"));
}

#[test]
fn the_example_says_what_is_true() {
    let text = example();
    // As it stands it changes nothing.
    let plain = Folder::new(&text).load(&[("DRY_RUN", "true")]);
    assert!(plain.problems().is_empty(), "{}", plain.problems());

    // With every line switched on, it is the defaults again, but for the examples.
    let switched_on: String = text
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()))
                .unwrap_or(line)
        })
        .map(|line| format!("{line}\n"))
        .filter(|line| !line.contains("/run/secrets/"))
        .collect();
    let switched_on = switched_on.replace("dry_run = false", "dry_run = true");
    let loaded = Folder::new(&switched_on).load(&[]);
    assert!(loaded.problems().is_empty(), "{}", loaded.problems());
    let config = loaded.config();
    assert_eq!(config.logging.format, Some(LogFormat::Json));
    for shown in loaded.shown().iter().filter(|shown| !shown.key.is_empty()) {
        assert!(
            matches!(shown.place, Place::File { .. }),
            "{} is not in the example",
            shown.variable
        );
        let default = plain.shown().iter().find(|other| other.variable == shown.variable);
        if let (Some(default), false) = (default, shown.variable == "DRY_RUN") {
            assert_eq!(shown.value, default.value, "{}", shown.variable);
        }
    }
}

#[test]
fn the_example_file_of_the_repository_is_the_one_that_the_program_prints() {
    let file = include_str!("../../../../../flockwork.example.toml");
    assert_eq!(file, example(), "run: flockwork config example > flockwork.example.toml");
}

#[test]
fn the_page_of_settings_is_the_settings() {
    let page = include_str!("../../../../../docs/configuration.md");
    assert_eq!(page, reference(), "run: flockwork config reference > docs/configuration.md");
}

#[test]
fn caps_are_dollars_of_the_house_and_of_a_bot_and_all_mistakes_are_told() {
    let folder = Folder::new("[budget]\nx_day = 5\nx_month = 99.95\nbot_model_day = 0.000001\n")
        .write("bots/ada.toml", "personality_prompt = \"x\"\n[budget]\nx_day = 0.25\n")
        .write("bots/bea.toml", "personality_prompt = \"x\"\n");
    let config = folder.config(&[("DRY_RUN", "true"), ("FLOCKWORK_BUDGET_APP_X_DAY", "$2.50")]);
    let micro = |cap: Option<domain::model::MicroUsd>| cap.map(|cap| cap.0);
    let budgets = &config.budgets;
    assert_eq!(micro(budgets.all.x.day), Some(5_000_000));
    assert_eq!(micro(budgets.all.x.month), Some(99_950_000));
    assert_eq!(micro(budgets.app.x.day), Some(2_500_000));
    assert_eq!(micro(budgets.bot.model.day), Some(1));
    assert_eq!(budgets.of_bots.len(), 1, "bea says nothing of her own");
    let ada = budgets.of_bot(&"ada".try_into().unwrap());
    assert_eq!((micro(ada.x.day), micro(ada.model.day)), (Some(250_000), Some(1)));

    let folder = Folder::new("dry_run = true\n[budget]\nx_day = \"much\"\nx_dya = 1\n").write(
        "bots/ada.toml",
        "personality_prompt = \"x\"\n[budget]\nx_day = 3\nx_month = 2\nmodel_day = 1e3\n",
    );
    let report = folder.report(&[]);
    for told in [
        "flockwork.toml:3:9\n  found    the string `much`\n  allowed  an amount in US dollars",
        "flockwork.toml:4:1\n  found    the unknown key `x_dya` in [budget]",
        "$3.00 a day, and $2.00 a month\n  allowed  a day's cap up to the month's",
        "bots/ada.toml:5:13\n  found    `1e3`",
    ] {
        assert!(report.contains(told), "{told} is not in\n{report}");
    }
}
