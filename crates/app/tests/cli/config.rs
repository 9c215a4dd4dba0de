//! The configuration, from outside.

use crate::place::Place;

#[test]
fn check_tells_all_problems_at_once_and_ends_with_78() {
    let place = Place::bare()
        .with("POSTING_SCHEDULE", "99 * * * *")
        .with("TIMEZONE", "Mars/Base")
        .with("HEALTH_CHECK_PORT", "eighty")
        .with("TWITTER_API_SECRET", "canary-secret")
        .with("FLOCKWORK_DRYRUN", "true");
    place.write("flockwork.toml", "[server\n");
    for command in ["check", "serve"] {
        let said = place.run(&[command]);
        assert_eq!(said.code, 78, "{said:?}");
        for name in [
            "POSTING_SCHEDULE",
            "TIMEZONE",
            "HEALTH_CHECK_PORT",
            "FLOCKWORK_DRYRUN",
            "flockwork.toml:1",
            "TWITTER_API_KEY",
        ] {
            assert!(said.err.contains(name), "{name} is not in\n{}", said.err);
        }
        assert!(!said.err.contains("canary"), "{}", said.err);
    }
    let said = place.run(&["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &report["valid"]), (78, &false.into()));
    assert_eq!(report["problems"].as_array().unwrap().len(), 6);
}

#[test]
fn check_says_what_will_happen() {
    let said = Place::new().run(&["check"]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("template-bot") && said.out.contains("0 9 * * * UTC"), "{said:?}");
    assert!(said.err.contains("hint: `flockwork doctor`"), "{said:?}");
}

#[test]
fn the_example_is_a_configuration_and_show_says_where_values_come_from() {
    let place = Place::new().with("OPENAI_API_KEY", "canary-key").with("API_RATE_LIMIT", "7");
    let example = place.run(&["config", "example"]).out;
    place.write("flockwork.toml", &example);
    assert_eq!(place.run(&["check"]).code, 0);
    place.write("flockwork.toml", example.replace("#port = 3000", "port = 4000"));
    let said = place.run(&["config", "show"]);
    assert_eq!(said.code, 0, "{said:?}");
    let line =
        |name: &str| said.out.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(
        line("HEALTH_CHECK_PORT").contains("4000")
            && line("HEALTH_CHECK_PORT").contains("flockwork.toml:")
    );
    assert!(line("API_RATE_LIMIT").ends_with("API_RATE_LIMIT"));
    assert!(line("LOG_LEVEL").ends_with("default"));
    assert!(!said.out.contains("canary"));
}

#[test]
fn a_file_that_is_named_is_the_one_that_is_read() {
    let place = Place::new();
    place.write("etc/flock.toml", "[server]\nport = 4000\n");
    place.write("etc/bots/ada.toml", "personality_prompt = \"You are Ada.\"\n");
    let said = place.run(&["--config", "etc/flock.toml", "check"]);
    assert!(said.out.contains("4000") && said.out.contains("ada"), "{said:?}");
    let missing = place.run(&["--config", "etc/other.toml", "check"]);
    assert_eq!(missing.code, 78);
    assert!(missing.err.contains("etc/other.toml"), "{missing:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_not_the_absence_of_a_file() {
    for target in ["nowhere.toml", "flockwork.toml"] {
        let place = Place::new();
        std::os::unix::fs::symlink(target, place.path("flockwork.toml")).unwrap();
        let said = place.run(&["check"]);
        assert_eq!(said.code, 78, "{said:?}");
        assert!(said.err.contains("flockwork.toml\n  found"), "{said:?}");
    }
}

#[test]
fn a_password_in_an_address_is_not_printed_by_any_command() {
    let place = Place::new().with("TWITTER_API_BASE_URL", "http://user:canary@host/");
    for command in [&["check"][..], &["config", "show"], &["doctor"], &["serve"]] {
        let said = place.run(command);
        assert_ne!(said.code, 0);
        assert!(!format!("{}{}", said.out, said.err).contains("canary"), "{said:?}");
    }
}
