//! An item as a post, by the words of a template: `{title}: {summary} {link}`.
//!
//! A template is read once, when the configuration is, so that a mistake in it is told then. The
//! link and the template's own words stay whole; the summary gives way first, then the title.

use super::plain::plain;
use super::shorten::shorten;
use crate::model::FeedItem;
use crate::rules::review::weighted_length;

/// The longest template.
const TEMPLATE_CHARS_MAX: usize = 500;
/// So much of a field can stand in a post.
const FIELD_CHARS_MAX: usize = 1_000;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Summary,
    Link,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Field(Field),
}

/// A template that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that nothing stands for.
    #[error("`{{{0}}}` is not known; {{title}}, {{summary}} and {{link}} are")]
    Unknown(String),
    /// A brace without its other.
    #[error("a `{{` at character {0} is not closed; {{title}}, {{summary}} and {{link}} may stand")]
    Open(usize),
    /// Nothing of the item.
    #[error("it shows nothing of an item; use {{title}}, {{summary}} or {{link}}")]
    NoPlaceholder,
    /// Too long.
    #[error("it is over {TEMPLATE_CHARS_MAX} characters")]
    TooLong,
}

/// Why an item gives no post.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// What must stay whole does not fit.
    #[error(
        "the link and the template's own words weigh {weight} of {max_length} characters; shorten the template"
    )]
    TooLong {
        /// What they weigh.
        weight: u32,
        /// What may be.
        max_length: u32,
    },
    /// The template asks for a link.
    #[error("the item has no link, which the template shows")]
    NoLink,
    /// No title and no summary where the template shows them.
    #[error("the item has no words for what the template shows")]
    NoWords,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.chars().count() > TEMPLATE_CHARS_MAX {
            return Err(TemplateError::TooLong);
        }
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while let Some((words, behind)) = rest.split_once('{') {
            let at = text.trim().chars().count() - behind.chars().count();
            let (name, after) = behind.split_once('}').ok_or(TemplateError::Open(at))?;
            parts.push(Part::Words(words.to_owned()));
            parts.push(Part::Field(field(name)?));
            rest = after;
        }
        parts.push(Part::Words(rest.to_owned()));
        let has_field = parts.iter().any(|part| matches!(part, Part::Field(_)));
        if has_field { Ok(Self(parts)) } else { Err(TemplateError::NoPlaceholder) }
    }

    /// Whether its posts have the item's link.
    pub fn shows_link(&self) -> bool {
        self.shows(Field::Link)
    }

    /// The post for `item`, of at most `max_length` in X's characters.
    pub fn render(&self, item: &FeedItem, max_length: u32) -> Result<String, RenderError> {
        let link = match &item.link {
            Some(link) => link.as_str(),
            None if self.shows(Field::Link) => return Err(RenderError::NoLink),
            None => "",
        };
        let of =
            |field, markup: &str| if self.shows(field) { words(markup) } else { String::new() };
        let (title, summary) = (of(Field::Title, &item.title), of(Field::Summary, &item.summary));
        let shows_words = self.shows(Field::Title) || self.shows(Field::Summary);
        if shows_words && title.is_empty() && summary.is_empty() {
            return Err(RenderError::NoWords);
        }
        let fits = |title: &str, summary: &str| {
            weighted_length(&self.filled(title, summary, link)) <= max_length
        };
        let summary = shorten(&summary, |summary| fits(&title, summary));
        let title = shorten(&title, |title| fits(title, &summary));
        if shows_words && title.is_empty() && summary.is_empty() || !fits(&title, &summary) {
            let weight = weighted_length(&self.filled("", "", link));
            return Err(RenderError::TooLong { weight, max_length });
        }
        Ok(self.filled(&title, &summary, link))
    }

    fn shows(&self, field: Field) -> bool {
        self.0.contains(&Part::Field(field))
    }

    /// Single spaces, and no line ends at the ends: an empty field leaves no hole.
    fn filled(&self, title: &str, summary: &str, link: &str) -> String {
        let part = |part: &Part| match part {
            Part::Words(words) => words.clone(),
            Part::Field(Field::Title) => title.to_owned(),
            Part::Field(Field::Summary) => summary.to_owned(),
            Part::Field(Field::Link) => link.to_owned(),
        };
        let text: String = self.0.iter().map(part).collect();
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }
}

fn field(name: &str) -> Result<Field, TemplateError> {
    match name.trim() {
        "title" => Ok(Field::Title),
        "summary" => Ok(Field::Summary),
        "link" => Ok(Field::Link),
        _ => Err(TemplateError::Unknown(name.trim().chars().take(40).collect())),
    }
}

/// A field's words on one line.
fn words(markup: &str) -> String {
    let text = plain(markup);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(FIELD_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
