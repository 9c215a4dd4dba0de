//! A chart with everything around it: its question, its answer in a sentence, what the colours mean, its
//! table and its file.

use askama::Template;

use super::{Rank, Table};

/// What a colour means.
pub(crate) struct Legend {
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
}

/// What is drawn.
pub(crate) enum Drawing {
    /// Bars over days: the drawing, the value of the highest, the first and the last day.
    Days { svg: String, most: String, first: String, last: String },
    /// The hours of a week.
    Week(String),
    /// Bars beside names.
    Ranks(Vec<Rank>),
    /// Nothing yet: what would be here, and how it comes.
    Nothing(String),
}

/// The chart.
#[derive(Template)]
#[template(path = "chart/panel.html")]
pub(crate) struct Panel {
    /// Of its element.
    pub(crate) id: &'static str,
    pub(crate) question: &'static str,
    pub(crate) answer: String,
    pub(crate) drawing: Drawing,
    pub(crate) legend: Vec<Legend>,
    pub(crate) table: Table,
    /// Where its file is.
    pub(crate) file: String,
}

impl askama::filters::HtmlSafe for Panel {}

impl Panel {
    /// A chart of which there is nothing yet: why, and how it comes.
    pub(crate) fn nothing(id: &'static str, question: &'static str, why: &str) -> Self {
        Self {
            id,
            question,
            answer: String::new(),
            drawing: Drawing::Nothing(why.to_owned()),
            legend: Vec::new(),
            table: Table::default(),
            file: String::new(),
        }
    }
}
