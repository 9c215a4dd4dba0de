//! Options are read as they are meant, or their flaw is told.

use super::super::{Step, steps};
use super::*;

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn symbol(name: &str, modifiers: Vec<Modifier>) -> Piece {
    Piece::Symbol(Symbol { actions: Vec::new(), name: name.to_owned(), modifiers })
}

fn save(key: &str, texts: Vec<Template>) -> Action {
    Action::Save { key: key.to_owned(), texts }
}

#[test]
fn an_option_is_text_symbols_and_actions() {
    let replace = Modifier::Replace { from: ".,".to_owned(), to: ")".to_owned() };
    for (option, pieces) in [
        ("", vec![]),
        (
            "a #b.s.capitalize#, 1",
            vec![
                text("a "),
                symbol("b", vec![Modifier::Plural, Modifier::Capitalize]),
                text(", 1"),
            ],
        ),
        ("#a##b#", vec![symbol("a", vec![]), symbol("b", vec![])]),
        (r"\#1 \[x\] \\ a,b:c", vec![text(r"#1 [x] \ a,b:c")]),
        (r"#a.replace(.\,,\))#", vec![symbol("a", vec![replace])]),
        ("[k:x]", vec![Piece::Action(save("k", vec![vec![text("x")]]))]),
        (
            r"[k:x\,y, #b#,]",
            vec![Piece::Action(save(
                "k",
                vec![vec![text("x,y")], vec![text(" "), symbol("b", vec![])], vec![]],
            ))],
        ),
        ("[k:POP]", vec![Piece::Action(Action::Forget { key: "k".to_owned() })]),
        ("[#set#]", vec![Piece::Action(Action::Run(vec![symbol("set", vec![])]))]),
        (
            "[k:#a.replace(x,y)#]",
            vec![Piece::Action(save(
                "k",
                vec![vec![symbol(
                    "a",
                    vec![Modifier::Replace { from: "x".to_owned(), to: "y".to_owned() }],
                )]],
            ))],
        ),
    ] {
        assert_eq!(read(option).as_ref(), Ok(&pieces), "{option}");
    }
}

#[test]
fn a_symbol_carries_what_is_saved_for_it() {
    let expected = Piece::Symbol(Symbol {
        actions: vec![
            save("a", vec![vec![symbol("b", vec![])]]),
            save(
                "c",
                vec![vec![Piece::Symbol(Symbol {
                    actions: vec![save("d", vec![vec![text("x")]])],
                    name: "e".to_owned(),
                    modifiers: vec![],
                })]],
            ),
        ],
        name: "f".to_owned(),
        modifiers: vec![Modifier::Article],
    });
    assert_eq!(read("#[a:#b#][c:#[d:x]e#]f.a#"), Ok(vec![expected]));
}

#[test]
fn what_cannot_be_read_says_so() {
    let idle = |inside: &str| Flaw::IdleBracket { inside: inside.to_owned() };
    for (option, flaw) in [
        ("a #b", Flaw::OpenHash),
        ("#b.s", Flaw::OpenHash),
        ("a ## b", Flaw::EmptyHash),
        ("#[a:b]#", Flaw::EmptyHash),
        ("#a.replace(x,y)z#", Flaw::AfterModifier { symbol: "a".to_owned() }),
        ("#a.replace(x,y#", Flaw::OpenParenthesis { modifier: "replace".to_owned() }),
        ("[a:b", Flaw::OpenBracket),
        ("[a", Flaw::OpenBracket),
        ("a]", Flaw::StrayBracket),
        ("[sic]", idle("sic")),
        ("[]", idle("")),
        (r"a\", Flaw::LoneBackslash),
        (r"#a\", Flaw::LoneBackslash),
        ("#b.loud#", ModifierError::Unknown { name: "loud".to_owned() }.into()),
    ] {
        assert_eq!(read(option), Err(flaw), "{option}");
    }
}

#[test]
fn what_would_never_end_is_refused() {
    let nested = |levels: usize| format!("{}#x#{}", "[k:".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(NESTING_MAX)).is_ok());
    assert_eq!(read(&nested(100_000)), Err(Flaw::TooNested { levels_max: NESTING_MAX }));
    let modified = |count: usize| format!("#x{}#", ".s".repeat(count));
    assert!(read(&modified(MODIFIERS_MAX)).is_ok());
    assert!(matches!(read(&modified(100_000)), Err(Flaw::TooManyModifiers { .. })));
}

#[test]
fn steps_come_in_the_order_of_writing() {
    let template = read("[a:#b#,x]#[c:#d#]e##a#[a:POP][#f#]").unwrap();
    let expected = [
        Step::Read("b"),
        Step::Save { key: "a", texts: 2 },
        Step::Read("d"),
        Step::Save { key: "c", texts: 1 },
        Step::Read("e"),
        Step::Forget("c"),
        Step::Read("a"),
        Step::Forget("a"),
        Step::Read("f"),
    ];
    assert_eq!(steps(&template), expected);
}
