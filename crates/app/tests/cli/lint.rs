//! `flockwork lint`.

use serde_json::json;

use crate::place::Place;

#[test]
fn each_line_has_one_verdict_with_exactly_the_promised_names() {
    let long = "x".repeat(281);
    let input = format!("Rain at nine, sun at ten.\n{long}\n\nhttps://example.org/{long}\n");
    let said = Place::bare().run_with(&["lint", "-", "--format", "json"], &input);
    assert_eq!(said.code, 1);
    let lines: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let good = json!({
        "text": "Rain at nine, sun at ten.", "weighted_length": 25, "valid": true, "problems": [],
    });
    assert_eq!(lines[0], good);
    assert_eq!((&lines[1]["weighted_length"], &lines[1]["valid"]), (&json!(281), &json!(false)));
    let problem = lines[1]["problems"][0].as_object().unwrap();
    assert_eq!(problem.len(), 3, "{problem:?}");
    assert!(["rule", "message", "severity"].iter().all(|name| problem.contains_key(*name)));
    assert!(lines[1]["problems"].as_array().unwrap().iter().any(|one| one["rule"] == "length"));
    assert_eq!(lines[2]["valid"], false);
    assert_eq!(lines[3]["weighted_length"], 23, "a link weighs 23 whatever its length");
    assert_eq!(lines.len(), 4);
}

#[test]
fn good_texts_end_with_0_and_a_missing_file_with_66() {
    let place = Place::bare();
    let path = place.write("a.txt", "Rain at nine, sun at ten.\n");
    let said = place.run(&["lint", path.to_str().unwrap()]);
    assert_eq!((said.code, said.out.as_str()), (0, "ok    25  Rain at nine, sun at ten.\n"));
    let said = place.run(&["lint", "nowhere.txt"]);
    assert_eq!(said.code, 66);
    assert!(said.err.contains("reading nowhere.txt"), "{said:?}");
}

#[test]
fn a_reason_says_how_grave_it_is_and_on_demand_who_demands_it() {
    let said = Place::bare().run_with(&["lint", "-", "--explain"], "Trust me, I'm not a bot.\n");
    assert_eq!(said.code, 1);
    assert!(said.out.contains("human (needs a person): claims to be a person"), "{said:?}");
    assert!(said.out.contains("https://help.x.com/"), "{said:?}");
    let json = ["lint", "-", "--explain", "--format", "json"];
    let said = Place::bare().run_with(&json, "Trust me, I'm not a bot.\n");
    let line: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(line["problems"][0]["severity"], "needs_person");
    assert!(line["problems"][0]["source"].as_str().unwrap().starts_with("https://"));
}

#[test]
fn a_policy_file_says_what_the_persona_allows() {
    let place = Place::bare();
    place.write(
        "calm.toml",
        "max_length = 30\nemoji_max = 0\nbanned_words = [\"ass\"]\nlinks = \"none\"\n",
    );
    let lint = |text: &str| place.run_with(&["lint", "-", "--policy", "calm.toml"], text);
    assert_eq!(lint("The compass turns.\n").code, 0);
    for (text, rule) in [
        ("What an ass!\n", "banned"),
        ("Rain 🌧️ at nine\n", "emoji"),
        ("See example.org\n", "link"),
        ("Rain at nine, sun at ten, wind at noon.\n", "length"),
    ] {
        let said = lint(text);
        assert!(said.code == 1 && said.out.contains(&format!("{rule} (blocks): ")), "{said:?}");
    }
    place.write("odd.toml", "emojis = 0\n");
    let said = place.run_with(&["lint", "-", "--policy", "odd.toml"], "Rain.\n");
    assert_eq!(said.code, 65);
    assert!(said.err.contains("odd.toml is no policy"), "{said:?}");
}

#[test]
fn every_rule_is_listed_with_its_source_and_both_sides() {
    let said = Place::bare().run(&["review", "rules", "--format", "json"]);
    assert_eq!(said.code, 0);
    let rules: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rules.len() >= 18, "{}", rules.len());
    let length = rules.iter().find(|rule| rule["id"] == "length").unwrap();
    assert_eq!(length["severity"], "blocks");
    assert!(length["source"]["link"].as_str().unwrap().starts_with("https://docs.x.com/"));
    assert_eq!(length["example"]["policy"]["max_length"], 30);
    let said = Place::bare().run(&["review", "rules"]);
    assert!(said.out.contains("refuses  Rain at nine, sun at ten, and wind"), "{}", said.out);
    assert_eq!(said.out.matches("  source   ").count(), rules.len());
}

#[test]
fn the_corpus_is_judged_without_a_mistake() {
    let said = Place::bare().run(&["review", "corpus"]);
    assert_eq!((said.code, said.err.lines().count()), (0, 1), "{said:?}");
    let rows: Vec<&str> = said.out.lines().skip(1).collect();
    assert!(
        rows.len() >= 18 && rows.iter().all(|row| row.ends_with("1.00    1.00")),
        "{}",
        said.out
    );
}
