//! The count is that of the texts which the grammar really writes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn rules(json: &str) -> RuleSet {
    RuleSet::from_json(json, &["a"], &["topic"]).unwrap()
}

fn count(json: &str) -> Count {
    rules(json).count("a", &[("topic", "tea")])
}

#[test]
fn different_texts_are_counted_not_ways() {
    for (json, ways, texts) in [
        (r#"{"a": "x"}"#, 1, 1),
        (r#"{"a": ["x", "y", "x"]}"#, 2, 2),
        (r##"{"a": "#b##b#", "b": ["", "x", "xx"]}"##, 9, 5),
        (r##"{"a": ["#b#", "#c#"], "b": ["x", "y"], "c": ["y", "z"]}"##, 4, 3),
        (r##"{"a": "#b.replace(y,x)#", "b": ["x", "y"]}"##, 2, 1),
        (r##"{"a": "#topic# #b#", "b": ["x", "y"]}"##, 2, 2),
        // What is saved is decided once.
        (r#"{"a": "[k:#b#]#k##k#", "b": ["x", "y"]}"#, 2, 2),
        (r#"{"a": "[k:x,y]#k##k#"}"#, 4, 4),
        (r#"{"a": "[#b#]#k#", "b": ["[k:x]", "[k:y,z]"]}"#, 4, 3),
        (r#"{"a": "[k:u,v,w]#k#[k:POP]#k#", "k": ["x", "y"]}"#, 9, 6),
        // As deep as a text may be.
        (r#"{"a": ["x#a#", "."]}"#, 32, 32),
    ] {
        assert_eq!(rules(json).ways("a"), ways, "{json}");
        assert_eq!(count(json), Count::Exactly(texts), "{json}");
    }
}

#[test]
fn what_is_too_much_to_write_is_told_as_bounds() {
    let digits: Vec<String> = (0..10).map(|digit| format!("\"{digit}\"")).collect();
    let digits = digits.join(",");
    let Count::Between { at_least, at_most } =
        count(&format!(r##"{{"a": "#d##d##d##d##d##d#", "d": [{digits}]}}"##))
    else {
        panic!("a million texts are not written to be counted")
    };
    assert_eq!((at_least, at_most), (u64::from(TEXTS_MAX), 1_000_000));
    let endless = count(r##"{"a": ["#a##a#", "x", "y"]}"##);
    assert!(matches!(endless, Count::Between { at_most: u128::MAX, .. }), "{endless:?}");
}

#[test]
fn no_grammar_takes_long_to_count() {
    let laughs: Vec<String> =
        (0..30).map(|n| format!(r##""r{n}": ["#r{m}##r{m}##r{m}#", "x"],"##, m = n + 1)).collect();
    let laughs = laughs.concat();
    let counted = count(&format!(r##"{{{laughs} "r30": ["ha", "hi"], "a": "#r0#"}}"##));
    assert!(matches!(counted, Count::Between { at_most: u128::MAX, .. }), "{counted:?}");
    // Each text fails for its size, so there is none.
    let long = "x".repeat(3_000);
    let none = count(&format!(r##"{{"a": "#b##b#", "b": ["{long}", "{long}y"]}}"##));
    assert_eq!(none, Count::Exactly(0));
}

/// A part of an option of a small grammar, in which each rule calls only later ones.
#[derive(Clone, Debug)]
enum Part {
    Text(&'static str),
    Call(usize),
    Read,
    Save(usize),
}

type Options = Vec<Vec<Part>>;
/// What `k` stands for, the last list on top.
type Saved = Vec<Vec<String>>;

const RULES: usize = 4;

fn grammars() -> impl Strategy<Value = Vec<Options>> {
    let part = |rule: usize| {
        let leaf = prop_oneof![Just(Part::Text("x")), Just(Part::Text("y")), Just(Part::Read)];
        let called = rule + 1..RULES.max(rule + 2);
        prop_oneof![leaf, called.clone().prop_map(Part::Call), called.prop_map(Part::Save)]
    };
    let rule =
        move |rule: usize| prop::collection::vec(prop::collection::vec(part(rule), 0..3), 1..3);
    let last = Just(Part::Text("u")).prop_union(Just(Part::Text("v")));
    let last = prop::collection::vec(prop::collection::vec(last, 0..3), 1..4);
    (rule(0), rule(1), rule(2), last).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

fn as_json(grammar: &[Options]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Call(rule) => format!("#r{rule}#"),
        Part::Read => "#k#".to_owned(),
        Part::Save(rule) => format!("[k:#r{rule}#,z]"),
    };
    let option = |parts: &Vec<Part>| parts.iter().map(part).collect::<Vec<_>>().concat();
    let mut rules = serde_json::json!({ "a": "#r0#", "k": "0" });
    for (index, options) in grammar.iter().enumerate() {
        rules[format!("r{index}")] = options.iter().map(option).collect();
    }
    rules.to_string()
}

/// All that a rule can write after `saved`, each with what is saved then.
fn all(grammar: &[Options], rule: usize, saved: &Saved) -> BTreeSet<(String, Saved)> {
    let mut all = BTreeSet::new();
    for option in &grammar[rule] {
        let mut ways = BTreeSet::from([(String::new(), saved.clone())]);
        for part in option {
            ways = ways.iter().flat_map(|way| continued(grammar, part, way)).collect();
        }
        all.extend(ways);
    }
    all
}

fn continued(
    grammar: &[Options],
    part: &Part,
    (text, saved): &(String, Saved),
) -> BTreeSet<(String, Saved)> {
    let with = |more: &str| (format!("{text}{more}"), saved.clone());
    match part {
        Part::Text(more) => BTreeSet::from([with(more)]),
        Part::Read => {
            let rule = vec!["0".to_owned()];
            saved.last().unwrap_or(&rule).iter().map(|more| with(more)).collect()
        }
        Part::Call(rule) => all(grammar, *rule, saved)
            .into_iter()
            .map(|(more, saved)| (format!("{text}{more}"), saved))
            .collect(),
        Part::Save(rule) => all(grammar, *rule, saved)
            .into_iter()
            .map(|(kept, mut saved)| {
                saved.push(vec![kept, "z".to_owned()]);
                (text.clone(), saved)
            })
            .collect(),
    }
}

proptest! {
    /// A second reading of the format, without bounds and without chance, comes to the same number.
    #[test]
    fn the_count_is_that_of_all_texts_there_are(grammar in grammars()) {
        let json = as_json(&grammar);
        let set = rules(&json);
        let Count::Exactly(counted) = set.count("a", &[]) else {
            return Err(TestCaseError::reject("too many to write"));
        };
        let texts: BTreeSet<String> =
            all(&grammar, 0, &Saved::new()).into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(counted, number(texts.len()), "{}", json);
        prop_assert!(u128::from(counted) <= set.ways("a"), "{}", json);
        for seed in 0..20 {
            let text = set.write("a", &[], seed).unwrap();
            prop_assert!(texts.contains(&text), "{}: {}", json, text);
        }
    }
}
