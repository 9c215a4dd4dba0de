//! What is saved is there when it is read, or the grammar is refused.

use super::super::Mistake;
use super::super::rule_set::RuleSet;

fn mistakes(json: &str) -> Vec<String> {
    match RuleSet::from_json(json, &["a"], &["topic"]) {
        Ok(_) => Vec::new(),
        Err(mistakes) => {
            let told = |one: &Mistake| format!("{}: {}", one.path, one.found);
            mistakes.0.iter().map(told).collect()
        }
    }
}

#[test]
fn what_every_way_saves_first_may_be_read() {
    for json in [
        r#"{"a": "[k:x]#k#"}"#,
        r##"{"a": "#[k:x]b#", "b": "#k#"}"##,
        r#"{"a": "[#set#]#k# #l#", "set": ["[k:x][l:y]", "[l:y][k:z]"]}"#,
        r##"{"a": "#set##b#", "b": ["#c#", "x"], "c": "#k#", "set": "[k:x]"}"##,
        r#"{"a": "[k:x][k:#k#y]#k#[k:POP]#k#[k:POP]"}"#,
        r##"{"a": ["[k:x]#b#"], "b": ["#k##b#", "[k:y]#b#[k:POP]", ""]}"##,
        // A rule of the same name is there when nothing is saved.
        r##"{"a": "#k#[k:x]#k#[k:POP]#k#", "k": "y"}"##,
        r##"{"a": "#topic#[topic:x]#topic#[topic:POP]#topic#"}"##,
        // Nothing begins with `b`.
        r##"{"a": "[k:x]#b#", "b": "#k#"}"##,
    ] {
        assert_eq!(mistakes(json), [""; 0], "{json}");
    }
}

#[test]
fn what_may_not_be_saved_yet_is_told_where_it_is_read() {
    let lacks =
        |place: &str| vec![format!("{place}: `k`, which may not be saved yet when it is read")];
    for (json, place) in [
        (r##"{"a": "#k#[k:x]"}"##, "a"),
        (r##"{"a": ["[k:x]", "#k#"]}"##, "a[1]"),
        (r##"{"a": "#[k:x]b##k#", "b": "y"}"##, "a"),
        (r#"{"a": "[#set#]#k#", "set": ["[k:x]", "y"]}"#, "a"),
        (r##"{"a": "#b#", "b": ["x", "#c#"], "c": ["y", "#k#", "[k:z]"]}"##, "a > b[1] > c[1]"),
        (r#"{"a": "[k:#k#]"}"#, "a"),
        (r#"{"a": "[k:x]#b##k#", "b": ["", "[k:POP]"]}"#, "a"),
    ] {
        assert_eq!(mistakes(json), lacks(place), "{json}");
    }
}

#[test]
fn what_is_forgotten_more_often_than_saved_is_told() {
    for (json, place) in [
        (r#"{"a": "[k:x][k:POP][k:POP]"}"#, "a"),
        (r#"{"a": "[k:x]#b##b#", "b": ["[k:POP]", ""]}"#, "a > b[0]"),
    ] {
        let told = mistakes(json);
        assert_eq!(told.len(), 1, "{json}: {told:?}");
        assert!(told[0].starts_with(place) && told[0].contains(":POP]`"), "{told:?}");
    }
}

#[test]
fn a_circle_that_forgets_more_than_it_saves_is_told() {
    let told = mistakes(r#"{"a": "[k:x]#b#", "b": ["[k:POP]#b#", ""]}"#);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("a > b[0]: `k`, which may be forgotten"), "{told:?}");
}

#[test]
fn more_saved_symbols_than_anyone_needs_are_refused() {
    let saves = |count: usize| (0..count).map(|n| format!("[k{n}:x]")).collect::<Vec<_>>().concat();
    assert_eq!(mistakes(&format!(r#"{{"a": "{}"}}"#, saves(200))), [""; 0]);
    assert_eq!(
        mistakes(&format!(r#"{{"a": "{}"}}"#, saves(201))),
        [": 201 symbols that are saved"]
    );
}
