//! What a person reads on the pages uses the words of the house.

use crate::finding::{Finding, demand};
use crate::tree::{self, File};

/// Words that are not ours, and ours. Those with an everyday meaning are left to the reviewer.
const WORDS: [(&str, &str); 10] = [
    ("tweet", "post"),
    ("tweets", "posts"),
    ("job", "slot"),
    ("jobs", "slots"),
    ("cron job", "schedule"),
    ("instance", "node"),
    ("worker", "node"),
    ("workers", "nodes"),
    ("agent", "bot"),
    ("execution", "attempt"),
];

/// Attributes that a person reads or hears.
const READ_ATTRIBUTES: [&str; 4] = ["title", "alt", "aria-label", "placeholder"];

#[test]
fn pages_use_the_words_of_the_house() {
    let templates = tree::files("crates/web/templates", "html");
    let findings: Vec<Finding> = templates.iter().flat_map(foreign_words).collect();
    demand(
        "code, pages, logs and docs say the same word for the same thing",
        "use our word",
        &findings,
    );
}

#[test]
fn a_planted_word_is_found_where_it_is_read_and_only_there() {
    let seen = |text: &str| foreign_words(&File::planted("a.html", text)).len();
    assert_eq!(seen("<p class=\"job\">{{ tweet.job }}{# worker #}</p>{% if job %}"), 0);
    assert_eq!(seen("<p>Three Tweets</p>"), 1);
    assert_eq!(seen("<p\ntitle=\"its job\">slot</p>\n<b>the worker</b>"), 2);
    assert_eq!(seen("<p>jobless, instances of</p>"), 0);
    let finding = &foreign_words(&File::planted("a.html", "<p>\n\nA job.</p>"))[0];
    assert_eq!((finding.place.as_str(), finding.found.as_str()), ("a.html:3", "job (ours: slot)"));
}

fn foreign_words(file: &File) -> Vec<Finding> {
    let visible = visible_text(&file.text);
    let mut findings = Vec::new();
    for (index, line) in visible.lines().enumerate() {
        let words: Vec<String> = line
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let line = format!(" {} ", words.join(" "));
        for (foreign, ours) in WORDS {
            if line.contains(&format!(" {foreign} ")) {
                findings.push(Finding::at(&file.path, index, format!("{foreign} (ours: {ours})")));
            }
        }
    }
    findings
}

/// The template without its code and tags, line by line; of tags, the attributes that are read.
fn visible_text(template: &str) -> String {
    let mut visible = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['<', '{']) {
        visible.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = match rest.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            Some(_) | None if rest.starts_with('<') => ">",
            Some(_) | None => "{",
        };
        let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
        let (hidden, after) = rest.split_at(length);
        if end == ">" {
            visible.push_str(&read_attributes(hidden));
        } else {
            visible.extend(hidden.matches('\n'));
        }
        rest = after;
    }
    visible + rest
}

/// What `tag` says to a person, with its line breaks kept.
fn read_attributes(tag: &str) -> String {
    let mut read = String::new();
    for (index, part) in tag.split('"').enumerate() {
        let is_value = index % 2 == 1;
        let before = tag.split('"').nth(index.wrapping_sub(1)).unwrap_or_default();
        let name = before.trim_end_matches('=').rsplit([' ', '\n']).next().unwrap_or_default();
        if is_value && READ_ATTRIBUTES.contains(&name) {
            read.push(' ');
            read.push_str(part);
            read.push(' ');
        } else {
            read.extend(part.matches('\n'));
        }
    }
    read
}
