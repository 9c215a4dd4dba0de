//! `flockwork apply` and `flockwork export`.

use crate::place::{Place, Said};

const LIGHTHOUSE: &str = r#"
personality_prompt = "You keep a lighthouse."
tone = "dry"
schedule_cron = "0 9 * * *"
topics = ["fog", "ships"]
"#;

/// Everything that a file can say, so that a key that an export forgets is missed.
const WHOLE: &str = r#"
personality_prompt = """
You speak for a night tram.
It has one eye and "no" opinions\\."""
content_sources = ["the timetable", "what stands on the platform"]
posting_style = "one fact"
tone = "plain"
reading_level = "simple"
formats = ["one line", "a list of two"]
examples = ["Line 4 runs every ten minutes.\nLine 5 does not. 🤖"]
never_say = ["that a delay is nobody's fault"]
max_length = 240
grammar = "words/tram.json"
mode = "risk"
warm_up = false
look_first = true
timezone = "Europe/Lisbon"

[[topic]]
name = "the night tram"
weight = 3
angles = ["who is on it", "what the \"driver\" sees"]
formats = ["a question"]

[[topic]]
name = "umbrellas"

[[schedule]]
name = "early"
cron = "30 5 * * mon-fri"
topics = ["the night tram"]
catch_up_window = "1h 30m"
on_miss = "latest_only"
jitter = "90s"
gap = "skip"
quiet_hours = "23:00-05:00"

[[schedule]]
name = "late"
cron = "0 0 22 * * *"
timezone = "Asia/Tokyo"

[[feed]]
url = "https://harbour.org/tides.xml"
template = "{title} {link}"
topic = "umbrellas"
every = "1h"
first_items = 2
items_max = 3
age_days_max = 2

[[feed]]
url = "https://harbour.org/ships.xml"
template = "{summary}"

[review]
languages = ["en"]
links = { hosts = ["example.org"] }
mentions_allowed = ["ada"]
hashtags_max = 1
hashtags_allowed = ["tram"]
cashtags_max = 0
emoji_max = 2
banned_words = ["casino"]
disclosure = "🤖"

[queue]
low_water = 6
high_water = 30
batch = 12

[budget]
x_day = 0.25
x_month = 5.00
model_day = 0.000001

[twitter]
access_token_env = "TRAM_TOKEN"
access_secret_env = "TRAM_SECRET"
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("bots/lighthouse.toml", LIGHTHOUSE);
    place
}

fn applied(place: &Place, args: &[&str]) -> Said {
    let said = place.run(&[&["apply", "--yes"], args].concat());
    assert_eq!(said.code, 0, "{said:?}");
    said
}

#[test]
fn a_plan_is_shown_and_nobody_applies_it_unasked() {
    let place = place();
    for args in [&["apply", "--plan"][..], &["apply"]] {
        let said = place.run(args);
        assert_eq!(said.code, if args.len() == 2 { 0 } else { 64 }, "{said:?}");
        assert!(said.out.contains("+ lighthouse  new: 2 topics, 1 schedule"), "{said:?}");
        assert!(said.out.contains("1 to add, 0 to change, 0 to close."), "{said:?}");
    }
    let said = applied(&place, &[]);
    assert!(said.out.ends_with("Applied: 1 bot.\n"), "{said:?}");
    let said = place.run(&["apply"]);
    assert_eq!((said.code, said.out.starts_with("Nothing to change")), (0, true), "{said:?}");

    let changed = LIGHTHOUSE.replace("\"dry\"", "\"warm\"").replace("\"ships\"", "\"birds\"");
    place.write("bots/lighthouse.toml", changed + "[[schedule]]\ncron = \"0 8 * * *\"\n");
    let said = place.run(&["apply", "--plan"]);
    assert_eq!(said.code, 78, "schedule_cron beside [[schedule]]: {said:?}");
    let changed = LIGHTHOUSE.replace("\"dry\"", "\"warm\"").replace("\"ships\"", "\"birds\"");
    place.write("bots/lighthouse.toml", changed.replace("0 9", "15 9"));
    let said = place.run(&["apply", "--plan"]);
    for line in [
        "~ lighthouse\n",
        "    tone: dry -> warm\n",
        "    topics: - ships\n",
        "    topics: + birds\n",
        "    schedule main: cron: 0 9 * * * -> 15 9 * * *\n",
        "0 to add, 1 to change, 0 to close.",
    ] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    let said = place.run(&["apply", "--yes", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["applied"], true);
    let lines = told["plan"][0]["changes"].as_array().unwrap();
    assert!(lines.iter().any(|change| change["field"] == "tone"), "{lines:?}");
    assert!(place.run(&["stats", "--format", "json"]).out.contains("lighthouse"));
}

#[test]
fn one_bad_file_and_nothing_is_applied() {
    let place = place();
    applied(&place, &[]);
    place.write("bots/lighthouse.toml", LIGHTHOUSE.replace("dry", "warm"));
    place.write(
        "bots/tram.toml",
        "personality_prompt = \"x\"\nreading_level = \"hard\"\n[[topic]]\nname = \"a\"\nweight = 101\n\
         [[topic]]\nname = \"a\"\nangels = []\n[[schedule]]\ncron = \"0 9 * * *\"\ntopics = [\"b\"]\n",
    );
    let said = place.run(&["apply", "--yes"]);
    assert_eq!(said.code, 78, "{said:?}");
    for problem in [
        "bots/tram.toml:2:17\n  found    `hard`",
        "bots/tram.toml:5:10\n  found    `101`",
        "found    a second topic named `a`",
        "bots/tram.toml:8:1\n  found    the unknown key `angels` in [topic]",
        "bots/tram.toml:11:11\n  found    the topic `b`",
        "has 5 problems",
    ] {
        assert!(said.err.contains(problem), "{problem} is not in\n{}", said.err);
    }
    std::fs::remove_file(place.path("bots/tram.toml")).unwrap();
    let said = place.run(&["apply", "--plan"]);
    assert!(said.out.contains("tone: dry -> warm"), "it was not applied: {said:?}");
}

#[test]
fn a_round_trip_changes_nothing() {
    let place = place();
    place.write("bots/tram.toml", WHOLE);
    place.write("bots/words/tram.json", "{\"origin\": [\"A tram.\", \"Another tram.\"]}");
    applied(&place, &[]);
    let said = place.run(&["export", "out"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("2 bots written to out"), "{said:?}");
    let said = place.run(&["apply", "out", "--plan"]);
    assert!(said.out.starts_with("Nothing to change"), "{said:?}");

    // Another database made of what was written is the same, and writes the same.
    let first = [place.read("out/tram.toml"), place.read("out/lighthouse.toml")];
    let grammar = place.read("out/tram.grammar.json");
    let place = place.with("DATABASE_PATH", "other/other.db");
    applied(&place, &["out"]);
    assert_eq!(place.run(&["export", "again"]).code, 0);
    assert_eq!([place.read("again/tram.toml"), place.read("again/lighthouse.toml")], first);
    assert_eq!(place.read("again/tram.grammar.json"), grammar);
    let said = place.run(&["apply", "--plan"]);
    assert!(said.out.starts_with("Nothing to change"), "{said:?}");
}

#[test]
fn an_export_replaces_only_what_it_is_told_to() {
    let place = place();
    applied(&place, &[]);
    let said = place.run(&["export", "bots"]);
    assert_eq!(said.code, 73, "{said:?}");
    assert!(said.err.contains("bots/lighthouse.toml"), "{said:?}");
    assert_eq!(place.read("bots/lighthouse.toml"), LIGHTHOUSE.as_bytes());
    assert_eq!(place.run(&["export", "bots", "--replace"]).code, 0);
    assert_ne!(place.read("bots/lighthouse.toml"), LIGHTHOUSE.as_bytes());
    assert_eq!(place.run(&["export", "bots"]).code, 0, "it says the same already");
    assert!(place.run(&["apply"]).out.starts_with("Nothing to change"));
}

#[test]
fn what_files_do_not_declare_is_closed_and_what_the_environment_declares_is_no_file() {
    let place = place().with("BOT_NAME", "alone");
    applied(&place, &[]);
    let said = place.run(&["export", "out"]);
    assert!(said.err.contains("alone is left out: the environment declares it"), "{said:?}");
    assert!(!place.path("out/alone.toml").exists());
    std::fs::remove_file(place.path("bots/lighthouse.toml")).unwrap();
    let said = applied(&place, &[]);
    assert!(said.out.contains("- lighthouse  declared nowhere"), "{said:?}");
    place.write("bots/lighthouse.toml", LIGHTHOUSE);
    let said = applied(&place, &[]);
    assert!(said.out.contains("+ lighthouse  was closed, and posts again"), "{said:?}");
    let said = place.run(&["apply", "nowhere"]);
    assert_eq!(said.code, 66, "{said:?}");
}
