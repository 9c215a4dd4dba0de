//! A rule set says all its mistakes, and every text of it ends.

use super::*;

fn rules(json: &str) -> Result<RuleSet, GrammarError> {
    RuleSet::from_json(json, &["topic"])
}

#[test]
fn symbols_become_their_options() {
    let set =
        rules(r##"{"origin": ["#greeting.capitalize#, #topic#! ##1"], "greeting": ["hello"]}"##)
            .unwrap();
    assert_eq!(set.write("origin", &[("topic", "tea")], 1).unwrap(), "Hello, tea! #1");
    assert!(set.has("greeting") && !set.has("topic"));
}

#[test]
fn a_given_text_is_never_read_as_a_rule() {
    let set = rules(r#"{"origin": ["On #topic#."]}"#).unwrap();
    assert_eq!(set.write("origin", &[("topic", "#origin#")], 1).unwrap(), "On #origin#.");
}

#[test]
fn the_seed_decides_and_every_option_comes_up() {
    let set = rules(r##"{"origin": ["#x##x#"], "x": ["a", "b", "c"]}"##).unwrap();
    let texts: std::collections::BTreeSet<_> =
        (0..200).map(|seed| set.write("origin", &[], seed).unwrap()).collect();
    assert_eq!(texts.len(), 9);
    assert_eq!(set.ways("origin"), 9);
    for seed in 0..50 {
        assert_eq!(set.write("origin", &[], seed), set.write("origin", &[], seed));
    }
}

#[test]
fn a_circle_ends_with_its_path() {
    let set = rules(r##"{"origin": ["#a#"], "a": ["x #b#"], "b": ["y #a#"]}"##).unwrap();
    let error = set.write("origin", &[], 1).unwrap_err();
    assert_eq!(error, GrammarError::TooDeep { path: "origin > a > b > a".to_owned() });
    assert_eq!(error.to_string(), "rules call each other without end: origin > a > b > a");
    assert_eq!(set.ways("origin"), u128::MAX);
}

#[test]
fn a_circle_with_a_way_out_may_be_taken() {
    let set = rules(r#"{"origin": ["a#origin#", "."]}"#).unwrap();
    assert!(
        (0..100).all(|seed| set.write("origin", &[], seed).is_ok_and(|text| text.ends_with('.')))
    );
}

#[test]
fn a_text_beyond_all_measure_ends_with_its_path() {
    let doubling = r##"{"a": ["#b##b##b##b#"], "b": ["#c##c##c##c#"], "c": ["#d##d##d##d#"],
        "d": ["#e##e##e##e#"], "e": ["#f##f##f##f#"], "f": [""]}"##;
    let error = rules(doubling).unwrap().write("a", &[], 1).unwrap_err();
    assert!(
        matches!(&error, GrammarError::TooLong { path } if path.starts_with("a > b")),
        "{error}"
    );
}

#[test]
fn every_mistake_names_its_place() {
    for (json, message) in [
        ("[]", "a grammar is a JSON object of lists of strings"),
        (r#"{"a": "b"}"#, "a grammar is a JSON object of lists of strings"),
        (r#"{"a": []}"#, "rule `a` has no option"),
        (r#"{"a": ["fine", "not #closed"]}"#, "a[1]: a `#` is not closed"),
        (r##"{"a": ["#b#"]}"##, "a[0]: there is no rule `b`"),
        (r##"{"a": ["#a.loud#"]}"##, "a[0]: there is no modifier `loud`; `capitalize`"),
    ] {
        let error = rules(json).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let set = rules(r#"{"a": ["b"]}"#).unwrap();
    assert!(set.write("none", &[], 1).unwrap_err().to_string().contains("there is no rule `none`"));
}
