//! `flockwork grammar check`.

use serde_json::{Value, json};

use crate::place::Place;

const FOG: &str = r##"{
  "origin": ["[ship:#kind.a#]#ship.capitalize# went by. #again#", "#topic.capitalize#, again."],
  "again": ["Then #ship# more.", "Nobody saw #ship#."],
  "kind": ["tanker", "ice breaker"]
}"##;

#[test]
fn a_right_grammar_is_counted_shown_and_reviewed() {
    let place = Place::bare();
    place.write("fog.json", FOG);
    let args = ["grammar", "check", "fog.json", "--samples", "3", "--topic", "fog"];
    let said = place.run(&args);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "fog.json is right.",
            "  posts   5 different ones before one comes again, on each topic",
            "  review  300 of 300 pass at 280 characters",
        ]
    );
    assert_eq!(lines.len(), 6);
    assert!(lines[3..].iter().all(|line| line.starts_with("ok  ")), "{lines:?}");
    assert_eq!(place.run(&args).out, said.out);
    assert_ne!(place.run(&[&args[..], &["--seed", "2"]].concat()).out, said.out);
}

#[test]
fn scripts_read_the_same_and_which_rules_of_review_posts_fall_by() {
    let args = ["grammar", "check", "-", "--format", "json", "--samples", "1", "--max-length", "9"];
    let said = Place::bare().run_with(&args, r#"{"origin": ["Fog at ten.", "Fog at ten!"]}"#);
    assert_eq!(said.code, 0, "{said:?}");
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["posts"], json!({ "at_least": 2, "at_most": 2 }));
    assert_eq!((&told["valid"], &told["is_per_topic"]), (&json!(true), &json!(false)));
    assert_eq!(
        told["review"],
        json!({ "samples": 300, "passed": 0, "problems": { "length": 300 } })
    );
    assert_eq!(told["samples"][0]["weighted_length"], 11);
    assert_eq!(told["samples"].as_array().unwrap().len(), 1);
}

#[test]
fn every_mistake_is_told_with_its_rule_and_the_end_is_65() {
    let place = Place::bare();
    place.write("a.json", r##"{"origin": ["#a#", "#b#"], "a": ["x.", "#a.loud#"], "c": "#c#"}"##);
    let said = place.run(&["grammar", "check", "a.json"]);
    assert_eq!((said.code, said.out.as_str()), (65, ""));
    let places: Vec<&str> = said.err.lines().filter(|line| line.starts_with("a.json: ")).collect();
    assert_eq!(places, ["a.json: a[1]", "a.json: origin[1]", "a.json: c"], "{}", said.err);
    assert!(said.err.starts_with("error: a.json has 3 mistakes.\n"), "{}", said.err);
    assert!(said.err.contains("rules that call each other without end: c > c"), "{}", said.err);

    let said = place.run(&["grammar", "check", "a.json", "--format", "json"]);
    assert_eq!(said.code, 65);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["problems"].as_array().unwrap().len(), 3);
    assert_eq!(told["problems"][1]["place"], "origin[1]");
}

#[test]
fn what_is_no_grammar_says_why() {
    let place = Place::bare();
    let said = place.run(&["grammar", "check", "nowhere.json"]);
    assert_eq!(said.code, 66);
    assert!(said.err.contains("reading nowhere.json"), "{said:?}");
    place.write("broken.json", "{\n  \"origin\": [\"fog\"\n}");
    let said = place.run(&["grammar", "check", "broken.json"]);
    assert_eq!(said.code, 65);
    assert!(said.err.contains("broken.json: line 3, column 1\n"), "{said:?}");
    let said = place.shell("head -c 100000000 /dev/zero | \"$0\" grammar check -");
    assert_eq!(said.code, 65);
    assert!(said.err.contains("found    more than 1048576 bytes"), "{said:?}");
    let circle = r##"{"origin": ["#a#"], "a": ["x #b#"], "b": "#a#"}"##;
    let said = place.run_with(&["grammar", "check", "-"], circle);
    assert!(said.code == 65 && said.err.contains("without end: a > b > a"), "{said:?}");
}

#[test]
fn a_bot_writes_from_the_grammar_that_its_file_names() {
    let place = Place::new();
    place.write(
        "bots/ada.toml",
        "personality_prompt = \"x\"\ntopics = [\"fog\"]\ngrammar = \"ada.json\"\n",
    );
    place.write("bots/ada.json", FOG);
    let said = place.run(&["check"]);
    assert!(said.code == 0 && said.out.contains("grammars of the bots"), "{said:?}");
    let said = place.run(&["generate", "--count", "3"]);
    assert_eq!(said.code, 0, "{said:?}");
    let list = place.run(&["queue", "list"]).out;
    let posts: Vec<&str> = list.lines().skip(1).collect();
    assert_eq!(posts.len(), 3, "{list}");
    let is_ours = |line: &&str| line.contains(" went by. ") || line.contains("Fog, again.");
    assert!(posts.iter().all(is_ours), "{list}");

    place.write("bots/ada.json", r##"{"origin": "#fog#"}"##);
    let said = place.run(&["check"]);
    assert_eq!(said.code, 78);
    assert!(said.err.contains("bots/ada.json: origin\n  found    `fog`, which no"), "{said:?}");
}
