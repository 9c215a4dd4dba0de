//! Small words that several components say.

use std::fmt;

use askama::filters::HtmlSafe;
use domain::model::{BotId, MicroUsd, XPostId};
use domain::ports::store::SlotLine;
use jiff::Timestamp;

/// Where a post stands on X.
pub(crate) fn x_address(id: &XPostId) -> String {
    format!("https://x.com/i/web/status/{id}")
}

/// Where a page shows a post as it stands on X, or on what stands in for X.
pub(crate) fn shown_at(bot: &BotId, id: &XPostId, is_demo: bool) -> String {
    if is_demo { format!("/sandbox?account={bot}#post-{id}") } else { x_address(id) }
}

/// Where the story of a slot is told: with its post, where it has one.
pub(crate) fn story_of(slot: &SlotLine) -> String {
    match slot.post {
        Some(post) => format!("/posts/{}", post.0),
        None => format!("/calendar/{}", slot.slot.0),
    }
}

/// `1 post`, `3 posts`.
pub(super) fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// `1 000 000`, with thin spaces that do not break.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `$3.12`; below a dollar as many digits as matter.
pub(crate) fn money(amount: MicroUsd) -> String {
    if amount.0 >= 1_000_000 { format!("${:.2}", amount.dollars()) } else { amount.to_string() }
}

/// Sentences in which commands stand between backticks, as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prose<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Display for Prose<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.0.as_ref().split('`').enumerate() {
            let is_command = n % 2 == 1;
            f.write_str(if is_command { "<code>" } else { "" })?;
            let Ok(escaped) = askama::filters::escape(part, askama::filters::Html);
            write!(f, "{escaped}")?;
            f.write_str(if is_command { "</code>" } else { "" })?;
        }
        Ok(())
    }
}

impl<T: AsRef<str>> HtmlSafe for Prose<T> {}

/// How late something left: `+0.3 s`, `+4 min`.
pub(crate) fn lateness(due_at: Timestamp, left_at: Timestamp) -> String {
    let millis = left_at.duration_since(due_at).as_millis().max(0);
    match millis {
        0..10_000 => format!("+{}.{} s", millis / 1000, millis % 1000 / 100),
        10_000..60_000 => format!("+{} s", millis / 1000),
        60_000..3_600_000 => format!("+{} min", millis / 60_000),
        _ => format!("+{} h", millis / 3_600_000),
    }
}

/// `quiet hours` → `Quiet hours`.
pub(crate) fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use testkit::at;

    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1, "post"), "1 post");
        assert_eq!(count(0, "post"), "0 posts");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(sentence("quiet hours"), "Quiet hours");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn commands_stand_out_and_nothing_escapes() {
        let prose = Prose("Run `flockwork check <file>` & \"read\" <b>it</b>.").to_string();
        assert_eq!(
            prose,
            "Run <code>flockwork check &#60;file&#62;</code> &#38; &#34;read&#34; \
             &#60;b&#62;it&#60;/b&#62;."
        );
        assert_eq!(Prose("a ` alone").to_string(), "a <code> alone</code>");
    }

    #[test]
    fn money_has_cents_or_what_matters() {
        assert_eq!(money(MicroUsd(70_686_000)), "$70.69");
        assert_eq!(money(MicroUsd(15_400)), "$0.0154");
    }

    #[test]
    fn lateness_has_the_digits_that_matter() {
        let due = at("2026-11-23T14:00:00Z");
        for (millis, words) in [
            (-500, "+0.0 s"),
            (340, "+0.3 s"),
            (12_900, "+12 s"),
            (61_000, "+1 min"),
            (7_200_000, "+2 h"),
        ] {
            assert_eq!(lateness(due, due + SignedDuration::from_millis(millis)), words);
        }
    }
}
