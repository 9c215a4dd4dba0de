//! Texts are what the format says, the same for the same seed, and bounded whatever the rules are.

use std::collections::BTreeSet;

use super::*;

fn rules(json: &str) -> RuleSet {
    RuleSet::from_json(json, &["a"], &["topic"]).unwrap()
}

/// Every text that some hundred seeds bring.
fn texts(json: &str) -> Vec<String> {
    let set = rules(json);
    let texts: BTreeSet<String> =
        (0..300).map(|seed| set.write("a", &[("topic", "tea")], seed).unwrap()).collect();
    texts.into_iter().collect()
}

#[test]
fn the_format_is_written_as_it_is_meant() {
    for (json, expected) in [
        (r##"{"a": ["#b.capitalize#, #topic#! \\#1"], "b": ["hello"]}"##, &["Hello, tea! #1"][..]),
        (r##"{"a": "#x##x#", "x": ["0", "1"]}"##, &["00", "01", "10", "11"]),
        (r##"{"a": "#b.a# of #b.s#", "b": "oak"}"##, &["an oak of oaks"]),
        (r##"{"a": "#b.replace(an,om)#", "b": "banana"}"##, &["bomoma"]),
        // What is saved was written once, and stays.
        (r#"{"a": "[k:#x#]#k##k#", "x": ["0", "1"]}"#, &["00", "11"]),
        (r#"{"a": "[k:0,#x#]#k#", "x": ["1", "2"]}"#, &["0", "1", "2"]),
        // Several texts under one name: each reading takes one of them.
        (r#"{"a": "[k:0,1]#k##k#"}"#, &["00", "01", "10", "11"]),
        // Saved last is read first, until it is forgotten.
        (r#"{"a": "[k:0][k:1]#k#[k:POP]#k#"}"#, &["10"]),
        (r#"{"a": "[k:x]#k#[k:POP]#k#", "k": "rule"}"#, &["xrule"]),
        // What is saved for a symbol is gone behind it.
        (r##"{"a": "[k:0]#[k:1]b##k#", "b": "#k#"}"##, &["10"]),
        (r##"{"a": "#[k:#[l:0]b#]b##k#", "b": ["#l#"], "l": "1", "k": "2"}"##, &["12"]),
        (
            r#"{"a": "[#set#]#he# and #his#", "set": ["[he:she][his:her]", "[he:it][his:its]"]}"#,
            &["it and its", "she and her"],
        ),
        // Signs in a saved or given text are only text.
        (r#"{"a": "[k:\\#b\\#]#k#", "b": "x"}"#, &["#b#"]),
        // A rule of the file wins over what is given.
        (r##"{"a": "#topic#", "topic": "mine"}"##, &["mine"]),
    ] {
        assert_eq!(texts(json), expected, "{json}");
    }
}

#[test]
fn a_given_text_is_never_read_as_a_rule() {
    let set = rules(r#"{"a": ["On #topic#."]}"#);
    assert_eq!(set.write("a", &[("topic", "#a# [x]")], 1).unwrap(), "On #a# [x].");
}

#[test]
fn the_seed_decides() {
    let set = rules(r##"{"a": ["#x##x##x#"], "x": ["a", "b", "c"]}"##);
    let written: Vec<_> = (0..50).map(|seed| set.write("a", &[], seed).unwrap()).collect();
    let again: Vec<_> = (0..50).map(|seed| set.write("a", &[], seed).unwrap()).collect();
    assert_eq!(written, again);
    assert_eq!(written[..4], ["bac", "ccb", "cbc", "cba"], "the same in every version");
}

#[test]
fn rules_that_call_themselves_end_however_the_dice_fall() {
    for json in [
        r#"{"a": ["x#a#", "x#a#", "x#a#", "."]}"#,
        r##"{"a": ["#a##a##a#", "."]}"##,
        r##"{"a": ["#b#", "#a##b#"], "b": ["#a##a#", "#c#", "#b##b#"], "c": ["#b#", "."]}"##,
        r#"{"a": ["[k:#a#]#k##a#", "."]}"#,
    ] {
        let set = rules(json);
        for seed in 0..500 {
            let text = set.write("a", &[], seed);
            assert!(text.as_ref().is_ok_and(|text| text.ends_with('.')), "{json}: {text:?}");
        }
    }
}

#[test]
fn a_text_beyond_all_measure_ends_with_its_path() {
    let long = "x".repeat(1_000);
    for json in [
        format!(r##"{{"a": "#b##b##b##b##b#", "b": "{long}"}}"##),
        r##"{"a": "#b#", "b": "#c.replace(x,xxxxxxxxxx).replace(x,xxxxxxxxxx).replace(x,xxxxxxxxxx).replace(x,xxxxxxxxxx)#", "c": "x"}"##.to_owned(),
        format!(r#"{{"a": "{}"}}"#, "[k:x]".repeat(30_000)),
        format!(r##"{{"a": ["#b##b#"], "b": "#c{}#", "c": "{long}"}}"##, ".uppercase".repeat(16))
            .replace("#b##b#", &format!("[k:{}]", "#b#,".repeat(30))),
        format!(r#"{{"a": "{}"}}"#, "x".repeat(5_000)),
    ] {
        let error = rules(&json).write("a", &[], 1).unwrap_err();
        assert!(matches!(&error, WriteError::TooLong { path } if path.starts_with('a')), "{error}");
    }
    let laughs: Vec<String> =
        (0..30).map(|n| format!(r##""r{n}": "#r{m}##r{m}##r{m}#","##, m = n + 1)).collect();
    let laughs = laughs.concat();
    let set = RuleSet::from_json(&format!(r#"{{{laughs} "r30": "ha", "a": "x"}}"#), &["a"], &[]);
    let set = set.unwrap();
    assert_eq!(set.write("r0", &[], 1), Err(WriteError::TooLong { path: "r0".to_owned() }));
    assert_eq!(set.write("none", &[], 1), Err(WriteError::NoRule("none".to_owned())));
}
