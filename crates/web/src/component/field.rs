//! A field of a form: its name, an example, what stands in it, and what is wrong with that.

use askama::Template;
use domain::ports::FieldProblem;

use super::text::Prose;

/// What a field looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One line.
    Line,
    /// So many lines.
    Area(u8),
    /// One of these, with what each means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A number of up to so many digits.
    Number,
}

/// The field.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/field.html")]
pub(crate) struct Field {
    key: String,
    label: &'static str,
    /// What may stand there, or one that does.
    example: &'static str,
    shape: Shape,
    value: String,
    wrong: Vec<Prose<String>>,
}

impl Field {
    /// Under that key, with that value; the problems are those of the whole form.
    pub(crate) fn of(
        (key, label, example, shape): (String, &'static str, &'static str, Shape),
        value: &str,
        problems: &[FieldProblem],
    ) -> Self {
        let own = problems.iter().filter(|problem| problem.field == key);
        let wrong = own.map(|problem| {
            let FieldProblem { found, allowed, mend, .. } = problem;
            Prose(format!("Found {found}. Allowed: {allowed}. To do: {mend}."))
        });
        Self { wrong: wrong.collect(), key, label, example, shape, value: value.to_owned() }
    }

    fn is_long(&self) -> bool {
        matches!(self.shape, Shape::Area(_))
    }

    fn is_wrong(&self) -> bool {
        !self.wrong.is_empty()
    }
}
