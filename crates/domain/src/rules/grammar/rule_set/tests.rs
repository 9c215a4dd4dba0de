//! A rule set tells all its mistakes at once, each with its place and what is allowed there.

use super::*;

fn rules(json: &str) -> Result<RuleSet, Mistakes> {
    RuleSet::from_json(json, &["a"], &["topic"])
}

fn told(json: &str) -> Vec<String> {
    rules(json).unwrap_err().0.iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_names_its_place() {
    for (json, message) in [
        ("[]", "line 1, column 0: no JSON object;"),
        (r#"{"a": "x""#, "line 1, column 9: JSON without its end;"),
        ("{\"a\": \"x\",\n \"b\" \"y\"}", "line 2, column 6: no JSON from here on;"),
        (r#"{"a": []}"#, "a: an empty list;"),
        (r#"{"a": 3}"#, "a: a number;"),
        (r#"{"a": ["x", null, ["y"]]}"#, "a[1]: null;"),
        (r#"{"a": "x", "a": "y"}"#, "a: a second rule `a`;"),
        (r#"{"a": ["fine", "not #closed"]}"#, "a[1]: a `#` that is not closed;"),
        (r#"{"a": "not #closed"}"#, "a: a `#` that is not closed;"),
        (r##"{"a": ["#b#"]}"##, "a[0]: `b`, which no rule stands for;"),
        (r#"{"a": ["[k:#b#]"]}"#, "a[0]: `b`, which no rule stands for;"),
        (r#"{"a": ["[k:POP]"]}"#, "a[0]: `k`, which nothing saves;"),
        (r##"{"a": ["#a.loud#"]}"##, "a[0]: `loud`, which is no modifier;"),
        (r#"{"a": "x #a#"}"#, "a: rules that call each other without end: a > a;"),
        (r#"{"b": "x"}"#, "a: no rule `a`, with which a text begins;"),
        ("{}", "a: no rule `a`, with which a text begins;"),
    ] {
        let told = told(json);
        assert!(told[0].starts_with(message), "{json}: {told:?}");
    }
}

#[test]
fn a_mistake_says_what_is_allowed() {
    let mistakes = rules(r##"{"a": ["#b# #topik#"], "c": "[k:x]#k.x#"}"##).unwrap_err().0;
    let names = "`topic`, `a`, `c`";
    let allowed: Vec<&str> = mistakes.iter().map(|mistake| mistake.allowed.as_str()).collect();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(allowed[0].contains("`capitalize`"), "{mistakes:?}");
    assert_eq!(allowed[1..], [names, names]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let json = r##"{"a": ["#b", "#c#", "#e#"], "d": [1, "]"], "e": "#f#", "f": "#e#", "d": "x"}"##;
    let places: Vec<String> =
        rules(json).unwrap_err().0.into_iter().map(|mistake| mistake.path).collect();
    assert_eq!(places, ["d[0]", "d", "a[0]", "d[1]", "a[1]", "e"]);
}

#[test]
fn a_circle_is_told_with_its_path_and_one_with_a_way_out_is_none() {
    let json = r##"{"a": ["#b#"], "b": ["x #c#", "#d#"], "c": ["y #b#"], "d": "z #b#"}"##;
    assert_eq!(
        told(json),
        ["b: rules that call each other without end: b > c > b; \
          give one of them an option that calls none of the others"]
    );
    assert!(rules(r##"{"a": ["x #b#"], "b": ["#a#", "."]}"##).is_ok());
    let long: Vec<String> =
        (0..40).map(|n| format!(r##""r{n}": "#r{}#","##, (n + 1) % 40)).collect();
    let long = long.concat();
    let told = told(&format!(r##"{{{long} "a": "#r0#"}}"##));
    assert!(told.len() == 1 && told[0].contains("r9 > r10 > r11 > ..;"), "{told:?}");
}

#[test]
fn what_no_text_could_hold_is_refused_before_it_is_written() {
    let laughs: Vec<String> =
        (0..9).map(|n| format!(r##""r{n}": "#r{m}##r{m}##r{m}#","##, m = n + 1)).collect();
    let laughs = laughs.concat();
    let laughs = told(&format!(r##"{{{laughs} "r9": "ha", "a": "#r0#"}}"##));
    assert_eq!(laughs, ["a: 29525 symbols or more in every text; make the rules simpler"]);
    let chain = |length: u32| -> String {
        let links = (1..length)
            .map(|n| format!(r##""r{n}": "#r{}#","##, n + 1))
            .collect::<Vec<_>>()
            .concat();
        format!(r##"{{{links} "r{length}": "x", "a": "#r1#"}}"##)
    };
    assert!(rules(&chain(31)).is_ok());
    assert_eq!(
        told(&chain(32)),
        ["a: rules that stand 33 deep in each other; make the rules simpler"]
    );
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(file::FILE_BYTES_MAX));
    assert!(told(&large)[0].starts_with("more than 1048576 bytes;"), "{:?}", told(&large));
}

#[test]
fn names_that_a_message_lists_are_bounded() {
    let many: Vec<String> = (10..40).map(|n| format!(r#""r{n}": "x","#)).collect();
    let many = many.concat();
    let mistakes = rules(&format!(r##"{{{many} "a": "#none#"}}"##)).unwrap_err().0;
    assert!(mistakes[0].allowed.ends_with("`r19` and 20 more"), "{mistakes:?}");
}

#[test]
fn what_is_read_is_known() {
    let set = rules(r##"{"a": ["[k:#topic#]#k#"], "b": "#c#", "c": "x"}"##).unwrap();
    assert!(set.reads("topic") && set.reads("c") && !set.reads("b"));
    assert!(set.has("b") && !set.has("topic"));
}
