//! Weights of texts, against X's own published cases and a table of ours.
//!
//! The official cases are not part of this repository. `FLOCKWORK_CONFORMANCE` names the folder
//! that holds `weighted-length.yml`; without it only our table runs, and the test says so.

use std::path::PathBuf;

use domain::rules::review::{
    Counting, has_invalid_characters, links, weighted_length, weighted_length_with,
};
use yaml_rust2::{Yaml, YamlLoader};

const MAX_LENGTH: u32 = 280;

#[test]
fn the_official_cases_pass() {
    let Some(folder) = conformance_folder() else {
        return say(
            "FLOCKWORK_CONFORMANCE is not set: X's official cases of text length did NOT run",
        );
    };
    let file = folder.join("weighted-length.yml");
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
    let cases = &YamlLoader::load_from_str(&text).expect("the cases are YAML")[0];
    let count = check(&cases["weighted_v2"], Counting::V2)
        + check(&cases["direction_markers_v3"], Counting::V3);
    assert_eq!(count, 22, "the file holds 22 cases");
}

fn check(cases: &Yaml, counting: Counting) -> usize {
    let cases = cases.as_vec().expect("a list of cases");
    for case in cases {
        let description = case["description"].as_str().expect("a description");
        let text = case["text"].as_str().expect("a text");
        let expected = &case["expected"];
        let weight = weighted_length_with(text, counting);
        assert_eq!(Some(i64::from(weight)), expected["weightedLength"].as_i64(), "{description}");
        let is_valid = (1..=MAX_LENGTH).contains(&weight) && !has_invalid_characters(text);
        assert_eq!(Some(is_valid), expected["valid"].as_bool(), "{description}");
    }
    cases.len()
}

#[expect(clippy::disallowed_methods, reason = "where the official cases lie is told by the caller")]
fn conformance_folder() -> Option<PathBuf> {
    std::env::var_os("FLOCKWORK_CONFORMANCE").map(PathBuf::from)
}

#[expect(clippy::print_stderr, reason = "a test that checks less than it could must say so")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Text, its weight, and what X turns into a link.
type Case = (&'static str, u32, &'static [&'static str]);

fn check_table(cases: &[Case]) {
    for (text, weight, expected) in cases {
        let found: Vec<&str> = links(text).into_iter().map(|link| &text[link]).collect();
        assert_eq!(found, *expected, "links of {text}");
        assert_eq!(weighted_length(text), *weight, "weight of {text}");
    }
}

#[test]
fn letters_weigh_one_and_cjk_two() {
    check_table(&[
        ("", 0, &[]),
        ("Hello, world!", 13, &[]),
        ("日本語", 6, &[]),
        ("한국어", 6, &[]),
        ("Привет", 6, &[]),
        ("Γειά", 4, &[]),
        ("שלום", 4, &[]),
        ("مرحبا", 5, &[]),
        ("नमस्ते", 6, &[]),
        ("ქართული", 7, &[]),
        // One code point after NFC, whichever way it was typed.
        ("é", 1, &[]),
        ("e\u{301}", 1, &[]),
        // No composed form: the mark counts by itself.
        ("q\u{301}", 2, &[]),
        ("\u{FB2C}", 3, &[]),
        ("“quoted” – ‘so’", 15, &[]),
        ("…", 2, &[]),
        ("€", 2, &[]),
        ("™", 2, &[]),
        ("©®", 2, &[]),
        ("→", 2, &[]),
        ("\u{200D}", 1, &[]),
        ("\u{200E}", 2, &[]),
        ("a\nb", 3, &[]),
        ("𝔘", 2, &[]),
    ]);
}

#[test]
fn an_emoji_sequence_weighs_two() {
    for sequence in [
        "👋",
        "😷",
        "☺",
        "☺️",
        "❤",
        "❤️",
        "👍🏽",
        "☝🏿",
        "✌🏻",
        "🕵🏽",
        "👨‍👩‍👧‍👦",
        "👩‍💻",
        "👩🏽‍🚀",
        "🧑🏿‍🤝‍🧑🏻",
        "👁️‍🗨️",
        "👁‍🗨",
        "🏳️‍🌈",
        "🏳‍🌈",
        "🏴‍☠️",
        "❤️‍🔥",
        "🇩🇪",
        "🇯🇵",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "1️⃣",
        "#️⃣",
        "*⃣",
        "©️",
        "®️",
        "™️",
        "🤷‍♀️",
        "🤷🏾‍♂️",
        "🏋️‍♀️",
        "🧟‍♂️",
        "🐻‍❄️",
        "⏰",
        "⚽",
        "Ⓜ️",
        "㊗️",
        "〰️",
        "🀄",
        "🅰️",
        "🫠",
        "🫱🏻‍🫲🏿",
    ] {
        assert_eq!(weighted_length(sequence), 2, "{sequence}");
        assert_eq!(weighted_length(&format!("a{sequence}b{sequence}")), 6, "{sequence} in a text");
    }
}

#[test]
fn what_is_no_sequence_counts_by_its_parts() {
    check_table(&[
        ("👋👋", 4, &[]),
        // Unicode does not recommend it, so X shows two emoji with a joiner between.
        ("👩‍🐱", 5, &[]),
        // No such flag.
        ("🇦🇦", 4, &[]),
        ("🇩", 2, &[]),
        ("🇩🇪🇯🇵", 4, &[]),
        // A tone on something that takes none is an emoji of its own.
        ("🌧🏽", 4, &[]),
        // The text style selector makes it no emoji: 2 and 2.
        ("☺\u{FE0E}", 4, &[]),
        ("1", 1, &[]),
        ("#1", 2, &[]),
        ("2\u{FE0F}", 3, &[]),
    ]);
}

#[test]
fn a_link_weighs_23_however_long_it_is() {
    check_table(&[
        ("https://example.com", 23, &["https://example.com"]),
        ("http://a.co", 23, &["http://a.co"]),
        ("HTTPS://EXAMPLE.COM/A", 23, &["HTTPS://EXAMPLE.COM/A"]),
        ("see https://example.com/a?b=c#d ok", 30, &["https://example.com/a?b=c#d"]),
        ("https://example.com:8080/x", 23, &["https://example.com:8080/x"]),
        ("https://a.com https://b.com", 47, &["https://a.com", "https://b.com"]),
        ("ftp://example.com", 17, &[]),
        ("http://", 7, &[]),
        ("http://localhost/x", 18, &[]),
        ("https://例え.テスト", 19, &[]),
        ("https://日本語.jp", 23, &["https://日本語.jp"]),
        ("http://foobar.پاکستان/", 23, &["http://foobar.پاکستان/"]),
        ("http://президент.рф", 23, &["http://президент.рф"]),
        ("http://xn--80aaxgqbdi.xn--p1ai", 23, &["http://xn--80aaxgqbdi.xn--p1ai"]),
        ("https://t.co/abc123/def", 27, &["https://t.co/abc123"]),
    ]);
}

#[test]
fn a_bare_domain_is_a_link_too() {
    check_table(&[
        ("example.com", 23, &["example.com"]),
        ("t.co", 23, &["t.co"]),
        ("Read example.com/a-b today", 34, &["example.com/a-b"]),
        ("sub.example.co.uk", 23, &["sub.example.co.uk"]),
        ("EXAMPLE.COM", 23, &["EXAMPLE.COM"]),
        ("see README.md", 27, &["README.md"]),
        ("node.js", 7, &[]),
        ("3.14", 4, &[]),
        ("e.g. this", 9, &[]),
        ("Stop.Now", 23, &["Stop.Now"]),
        ("wait...what", 11, &[]),
        ("example.notatld", 15, &[]),
        ("example.comx", 12, &[]),
        ("example.com_x", 25, &["example.com"]),
        ("example.com-x", 13, &[]),
        // Without a protocol only the part that is a plain domain.
        ("sub_domain.example.com", 27, &["domain.example.com"]),
        ("https://sub_domain.example.com", 23, &["https://sub_domain.example.com"]),
        ("my_name.com", 11, &[]),
        ("-example.com", 12, &[]),
        ("/example.com", 12, &[]),
        ("日本語.jp", 9, &[]),
        ("日本example.comです", 31, &["example.com"]),
        ("見てhttps://example.com/を", 29, &["https://example.com/"]),
        ("x.ck", 23, &["x.ck"]),
    ]);
}

#[test]
fn mentions_addresses_and_tags_are_no_links() {
    check_table(&[
        ("user@example.com", 16, &[]),
        ("first.last@example.com", 22, &[]),
        ("@example.com", 12, &[]),
        ("#example.com", 12, &[]),
        ("$example.com", 12, &[]),
        ("mailto:ada@example.com", 22, &[]),
    ]);
}

#[test]
fn punctuation_after_a_link_belongs_to_the_sentence() {
    check_table(&[
        ("Go to https://example.com.", 30, &["https://example.com"]),
        ("(https://example.com/a)", 25, &["https://example.com/a"]),
        ("https://example.com/a, then", 29, &["https://example.com/a"]),
        ("https://example.com/a!", 24, &["https://example.com/a"]),
        ("“https://example.com/a”", 25, &["https://example.com/a"]),
        ("https://example.com/?", 24, &["https://example.com/"]),
        ("https://example.com?a=b.", 24, &["https://example.com?a=b"]),
        ("https://en.wikipedia.org/wiki/A_(b)", 23, &["https://en.wikipedia.org/wiki/A_(b)"]),
        ("https://a.com/x_(y_(z))_w.", 24, &["https://a.com/x_(y_(z))_w"]),
        ("https://a.com/(", 24, &["https://a.com/"]),
        ("https://a.com/ünïcode-path/", 23, &["https://a.com/ünïcode-path/"]),
    ]);
}

#[test]
fn an_address_beyond_the_limits_of_dns_is_text() {
    let label = |length: usize| "a".repeat(length);
    assert_eq!(weighted_length(&format!("https://{}.com", label(63))), 23);
    assert_eq!(weighted_length(&format!("https://{}.com", label(64))), 76);
    assert_eq!(weighted_length(&format!("{}.com", label(64))), 68);
    let long = format!("https://example.com/{}", label(4_100));
    assert_eq!(weighted_length(&long), 4_120);
}

#[test]
fn refused_characters_are_found_anywhere() {
    for character in ['\u{FFFE}', '\u{FEFF}', '\u{FFFF}'] {
        assert!(has_invalid_characters(&format!("a{character}b")));
    }
    assert!(!has_invalid_characters("a\u{200E}b"));
}

#[test]
fn strange_texts_are_counted_without_harm() {
    for text in [
        "....",
        "http://http://a.com",
        "a.b.c.d.e.f",
        "https://./",
        "::::",
        "\u{301}",
        "http://a..com",
        "🏴.com",
    ] {
        assert!(weighted_length(text) > 0, "{text}");
    }
    let hostile = "a.".repeat(20_000);
    assert_eq!(weighted_length(&hostile), 40_000);
    let hostile = "https://a.com/((((".repeat(2_000);
    assert!(weighted_length(&hostile) > 0);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn links_are_in_order_apart_and_inside(text in "([a-z@.:/ é日👍#_-]|http://|\\.com|example){0,40}") {
            let mut end = 0;
            for link in links(&text) {
                prop_assert!(end <= link.start && link.start < link.end);
                prop_assert!(text.is_char_boundary(link.start) && text.is_char_boundary(link.end));
                end = link.end;
            }
            prop_assert!(end <= text.len());
        }

        #[test]
        fn no_text_breaks_the_counter(text in any::<String>()) {
            let weight = usize::try_from(weighted_length(&text)).unwrap();
            prop_assert!(weight <= 23 * (text.chars().count() * 3 + 1));
        }
    }
}
