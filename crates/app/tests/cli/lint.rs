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
    assert_eq!(lines[1]["problems"][0].as_object().unwrap().len(), 2);
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
