//! `language`: the languages that the persona writes. Source: the persona.
//!
//! Three or four words in another language are no reason, and neither is a guess: a finding needs
//! another script than any allowed language has, or a text long enough that what is allowed loses
//! clearly. Where it is not sure it says nothing; what one misses a person sees, what is refused
//! wrongly nobody sees.
//!
//! The statistics are those of the crate `whatlang` (trigrams of 70 languages in 83 kB; others of
//! its kind need megabytes of models for a few percent on single words, which are never judged).

use whatlang::{Detector, Lang, Script};

use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, hashtag, links, mention};

mod codes;

use codes::{code_of, lang_of};

/// So much of a text is looked at.
const CHARS_MAX: usize = 2_000;
/// Letters that a text in a foreign script must have.
const FOREIGN_SCRIPT_LETTERS_MIN: usize = 4;
/// Letters that a text in a known script must have besides its names.
const LETTERS_MIN: usize = 20;
/// How clearly every allowed language must lose, from 0 to 1.
const CONFIDENCE_MIN: f64 = 0.9;

pub(super) const RULE: Rule = Rule {
    id: "language",
    what: "only the languages that the persona writes, as far as one can be sure",
    source: Source { says: "the persona's languages", link: "docs/review.md" },
    severity: Severity::NeedsPerson,
    example: Example {
        policy: || Policy { languages: vec!["en".to_owned()], ..Policy::default() },
        beside: None,
        accepted: "The Fernsprechamt of old is a café now.",
        refused: "Heute morgen lag dichter Nebel über dem Hafen, und das Horn tönte lange.",
    },
    check: Check::Text(|subject: &Subject<'_>| find(subject.text, &subject.policy.languages)),
};

/// Whether texts in this language (ISO 639-1, with or without a region) can be told from others.
pub fn is_language(code: &str) -> bool {
    lang_of(code).is_some()
}

fn find(text: &str, languages: &[String]) -> Option<String> {
    let allowed: Option<Vec<Lang>> = languages.iter().map(|code| lang_of(code)).collect();
    // A language without statistics could be mistaken for any other.
    let allowed = allowed.filter(|allowed| !allowed.is_empty())?;
    let prose = prose(text);
    let found = Detector::new().detect(&prose)?;
    let lang = lang_in(&prose, found.lang(), found.script());
    if allowed.contains(&lang) {
        return None;
    }
    let of_script = |one: &&Lang| writes(**one, found.script());
    let rivals: Vec<Lang> = allowed.iter().filter(of_script).copied().collect();
    let is_sure = if rivals.is_empty() {
        is_foreign(&prose, found.script(), &allowed)
    } else {
        // Names are at home in every language: what is said without them must be clear, too.
        let plain = without_names(&prose);
        let loses = |one: &Lang| loses(&prose, *one, lang) && loses(&plain, *one, lang);
        letters(&plain) >= LETTERS_MIN && rivals.iter().all(loses)
    };
    is_sure.then(|| {
        let allowed = languages.join(", ");
        format!("is in {} ({}); the persona writes {allowed}", lang.eng_name(), code_of(lang))
    })
}

/// What of a text shows its language: no links, mentions and hashtags, and no endless text.
fn prose(text: &str) -> String {
    let mut cuts = links(text);
    cuts.extend(mention::mentions(text).map(|(start, end)| start..end));
    cuts.extend(hashtag::ranges(text));
    cuts.sort_by_key(|cut| cut.start);
    let mut prose = String::new();
    let mut at = 0;
    for cut in cuts {
        if cut.start >= at {
            prose.push_str(&text[at..cut.start]);
            prose.push(' ');
        }
        at = at.max(cut.end);
    }
    prose.push_str(&text[at..]);
    prose.chars().take(CHARS_MAX).collect()
}

/// Kana make a text Japanese however many of its signs it shares with Chinese.
fn lang_in(prose: &str, lang: Lang, script: Script) -> Lang {
    let is_kana = |c: char| matches!(c, '\u{3041}'..='\u{30FA}');
    if script == Script::Mandarin && prose.contains(is_kana) { Lang::Jpn } else { lang }
}

fn writes(lang: Lang, script: Script) -> bool {
    script.langs().contains(&lang)
        || (script == Script::Mandarin && matches!(lang, Lang::Jpn | Lang::Cmn | Lang::Kor))
}

/// Whether hardly a letter of `prose` is of a script that one of `allowed` is written in. Latin
/// words stand in texts of every script, so a few of them alone are no reason.
fn is_foreign(prose: &str, script: Script, allowed: &[Lang]) -> bool {
    let is_latin = script == Script::Latin;
    let letters_min = if is_latin { LETTERS_MIN } else { FOREIGN_SCRIPT_LETTERS_MIN };
    let letters = letters(prose);
    letters >= letters_min && letters_of(prose, allowed) * 5 < letters
}

/// `prose` without the words that begin with a capital.
fn without_names(prose: &str) -> String {
    let is_name =
        |word: &&str| word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
    prose.split_whitespace().filter(|word| !is_name(word)).collect::<Vec<_>>().join(" ")
}

fn letters(prose: &str) -> usize {
    prose.chars().filter(|c| c.is_alphabetic()).count()
}

/// How many letters of `prose` are of a script that one of `langs` is written in.
fn letters_of(prose: &str, langs: &[Lang]) -> usize {
    let is_home = |script| langs.iter().any(|lang| writes(*lang, script));
    let mut buffer = [0; 4];
    let scripts = prose.chars().map(|c| whatlang::detect_script(c.encode_utf8(&mut buffer)));
    scripts.flatten().filter(|script| is_home(*script)).count()
}

/// Whether `allowed` is clearly the worse guess of the two.
fn loses(prose: &str, allowed: Lang, found: Lang) -> bool {
    let guess = Detector::with_allowlist(vec![allowed, found]).detect(prose);
    guess.is_some_and(|guess| guess.lang() == found && guess.confidence() >= CONFIDENCE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, languages: &[&str]) -> Option<String> {
        let languages: Vec<String> = languages.iter().map(|code| (*code).to_owned()).collect();
        find(text, &languages)
    }

    #[test]
    fn a_text_in_another_language_is_found() {
        for (text, languages) in [
            ("Heute morgen lag dichter Nebel über dem Hafen, und alles war still.", ["en", "fr"]),
            ("Heute morgen lag dichter Nebel über dem Hafen, und alles war still.", ["ja", "en"]),
            ("今朝は港に霧が出ました。", ["en", "de"]),
            ("Утром над портом стоял туман.", ["en", "de"]),
            ("This morning a thick fog lay over the harbour.", ["ja", "ar"]),
            ("Bu sabah limanın üzerinde yoğun bir sis vardı.", ["de", "en"]),
        ] {
            assert!(said(text, &languages).is_some(), "{text}");
        }
    }

    #[test]
    fn where_it_is_not_sure_it_says_nothing() {
        for (text, languages) in [
            ("Guten Morgen!", vec!["en"]),
            ("OK", vec!["ja"]),
            ("新幹線 is the word for the fast train in Japan.", vec!["en"]),
            ("Rust 1.95 が出ました。cargo update を忘れずに。", vec!["ja"]),
            ("Heute morgen lag dichter Nebel über dem Hafen.", vec![]),
            ("Heute morgen lag dichter Nebel über dem Hafen.", vec!["en", "is"]),
            ("12:30 🌧️ https://a.org/heute-morgen-lag-dichter-nebel", vec!["ja"]),
            ("", vec!["en"]),
        ] {
            assert_eq!(said(text, &languages), None, "{text}");
        }
    }
}
