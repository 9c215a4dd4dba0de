//! The configuration, from outside.

use crate::place::{Place, free_port};

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

/// What stops a start is told by `check` too, in the same words, and nothing is made to find out.
#[test]
fn what_serve_would_refuse_check_refuses() {
    let text = "no database, but longer than a header of a hundred bytes. ".repeat(9);
    for (name, value, words) in [
        ("LOG_DIR", "file", "it is not a folder"),
        ("LOG_DIR", "file/logs", "file is not a folder"),
        ("DATABASE_PATH", "folder", "folder cannot be written (it is a folder, not a file)"),
        ("DATABASE_PATH", "file", "file is damaged or not a database"),
        ("DATABASE_PATH", "file/x.db", "file cannot be written"),
        ("DATABASE_URL", "postgres://u:canary@h/d?sslmode=bogus", "bogus"),
        ("DATABASE_URL", "postgres://u:canary@h:port/d", "cannot be read"),
        ("OPENAI_API_KEY", "can\nary", "a secret of more than one line"),
        ("FLOCKWORK_API_TOKEN", "can\u{7}ary", "a secret with a control character in it"),
        ("OPENAI_API_KEY_FILE", "lines", "a secret of more than one line"),
    ] {
        let place = Place::new().with("HEALTH_CHECK_PORT", free_port().to_string());
        place.write("file", &text);
        place.write("lines", "can\nary\n");
        std::fs::create_dir(place.path("folder")).unwrap();
        let place = place.with(name, value);
        let checked = place.run(&["check"]);
        assert_eq!(checked.code, 78, "{name}={value}: {checked:?}");
        assert!(checked.err.contains(&format!("\n{name}\n  found")), "{checked:?}");
        assert!(checked.err.contains(words), "{words} is not in\n{}", checked.err);
        assert!(checked.err.contains("has 1 problem."), "{}", checked.err);
        let served = place.run(&["serve"]);
        assert_ne!(served.code, 0);
        assert!(served.err.contains(words), "{words} is not in\n{}", served.err);
        let said = format!("{}{}", checked.err, served.err);
        assert!(!said.contains("canary") && !said.contains("ary\n"), "{said}");
        assert_eq!(place.read("file"), text.as_bytes());
        let json = place.run(&["check", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!((json.code, &report["problems"][0]["place"]), (78, &name.into()));
    }
}

#[test]
fn a_file_of_brackets_is_a_short_report() {
    for text in ["[".repeat(100_000), "a = [[[\n".repeat(10_000), "]\n".repeat(100_000)] {
        let place = Place::new();
        place.write("flockwork.toml", text);
        let said = place.run(&["check"]);
        assert_eq!(said.code, 78);
        let places: Vec<&str> =
            said.err.lines().filter(|line| line.starts_with("flockwork.toml:")).collect();
        let distinct: std::collections::BTreeSet<&str> = places.iter().copied().collect();
        assert!((1..=20).contains(&places.len()), "{}", said.err.len());
        assert_eq!(distinct.len(), places.len(), "one place, one problem");
    }
    let place = Place::new();
    place.write(
        "flockwork.toml",
        (0..50).fold(String::new(), |text, i| format!("{text}k{i} = 1\n")),
    );
    let said = place.run(&["check"]);
    assert!(said.err.contains("has 50 problems.") && said.err.contains("flockwork.toml:20:1"));
    assert!(!said.err.contains("flockwork.toml:21:1"), "{}", said.err);
    assert!(said.err.contains("\n\nflockwork.toml\n  and 30 more\n"), "{}", said.err);
}

#[test]
fn a_name_cannot_speak_to_the_terminal() {
    let place = Place::new();
    place.write("bots/a\u{1b}[2Jb\n.toml", "nonsense = 1\n");
    place.write("bots/good.toml", "personality_prompt = \"x\"\nname = \"good\"\n");
    let raw = "posts\u{1b}]0;title\u{7}\u{9b}2J.txt";
    for args in [&["check"][..], &["stats"], &["lint", raw], &["queue", "import", raw]] {
        let said = place.run(args);
        assert_ne!(said.code, 0, "{said:?}");
        let text = format!("{}{}", said.out, said.err);
        let is_wrong = |c: char| c != '\n' && c.is_control();
        assert!(!text.contains(is_wrong) && text.contains("\\u{1b}"), "{text:?}");
    }
    let json = place.run(&["check", "--format", "json"]).out;
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
    let said = place.run(&["check"]).err;
    assert!(said.contains("bots/a\\u{1b}[2Jb\\u{a}.toml:1:1\n"), "{said}");
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
