//! Help, and what happens without it.

use crate::place::Place;

#[test]
fn a_wrong_command_line_is_64_and_help_is_0() {
    let place = Place::new();
    assert_eq!(place.run(&["fly"]).code, 64);
    assert_eq!(place.run(&["lint"]).code, 64);
    assert_eq!(place.run(&[]).code, 64);
    let help = place.run(&["--help"]);
    assert_eq!(help.code, 0);
    for word in ["serve", "demo", "doctor", "Exit codes:", "78", "130"] {
        assert!(help.out.contains(word), "{word} is not in\n{}", help.out);
    }
    assert!(place.run(&["--version"]).out.starts_with("flockwork "));
}

#[test]
fn a_length_of_time_is_asked_for_in_words_of_ours() {
    let place = Place::new();
    for args in [
        &["demo", "--for", "30"][..],
        &["post", "now", "--timeout", "soon"],
        &["sandbox", "--latency", "5 parsecs"],
        &["sandbox", "--lag=-1s"],
    ] {
        let said = place.run(args);
        assert_eq!(said.code, 64, "{said:?}");
        assert!(said.err.contains("write it with units: `90s`, `30m`, `1h 30m`"), "{said:?}");
        assert!(!said.err.contains("pars") || said.err.contains("parsecs"), "{said:?}");
    }
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let place = Place::new();
    for args in [&["check"][..], &["stats"], &["schedule", "explain"], &["lint", "/nowhere"]] {
        let said = place.run(args);
        assert!(!format!("{}{}", said.out, said.err).contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn completions_are_a_script_that_knows_the_commands() {
    let said = Place::new().run(&["completions", "bash"]);
    assert!(said.code == 0 && said.out.contains("schedule") && said.out.contains("doctor"));
}

#[test]
fn the_doctor_says_what_to_mend() {
    let place = Place::new();
    let said = place.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said:?}");
    let broken =
        Place::new().with("TIMEZONE", "Europe/Lisbn").with("DATABASE_PATH", "/proc/no/x.db");
    let said = broken.run(&["doctor", "--format", "json"]);
    assert_eq!(said.code, 1);
    let findings: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let bad: Vec<_> = findings.iter().filter(|one| one["outcome"] == "mend").collect();
    assert!(bad.iter().any(|one| one["area"] == "configuration"), "{said:?}");
    assert!(bad.iter().any(|one| one["area"] == "disk"), "{said:?}");
    assert!(bad.iter().all(|one| one["do"].is_string()), "{said:?}");
}
