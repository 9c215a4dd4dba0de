//! `flockwork reference`: every metric, alert, event, field of the log and span, and what each of it means.

mod page;
mod parts;

use clap::{Args, ValueEnum as _};
use serde_json::{Map, Value};

use self::page::page;
use self::parts::Part;
use super::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// `flockwork reference`
#[derive(Args, Debug)]
pub struct Reference {
    /// One part of it; else all of it.
    #[arg(value_enum)]
    part: Option<Part>,
    /// As a page of Markdown: docs/reference.md.
    #[arg(long)]
    markdown: bool,
}

impl Reference {
    /// Prints it.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let parts = self.part.as_ref().map_or(Part::value_variants(), std::slice::from_ref);
        if self.markdown {
            context.out.line(page(parts).trim_end())?;
            return Ok(Exit::Success);
        }
        for (index, part) in parts.iter().enumerate() {
            match context.out.format {
                Format::Json => say_in_json(&mut context, *part)?,
                Format::Table => {
                    if parts.len() > 1 {
                        head(&mut context, *part, index)?;
                    }
                    let heads: Vec<&str> = part.columns().iter().map(|one| one.head).collect();
                    context.out.table(&heads, part.rows(), &[])?;
                }
            }
        }
        Ok(Exit::Success)
    }
}

/// What a part is about, where others stand beside it.
fn head(context: &mut Context, part: Part, index: usize) -> Result<(), Failure> {
    if index > 0 {
        context.out.line("")?;
    }
    let title = context.out.paint(part.title(), Accent::Good);
    Ok(context.out.line(&format!("{title}: {}\n", part.about().0))?)
}

fn say_in_json(context: &mut Context, part: Part) -> Result<(), Failure> {
    for row in part.rows() {
        let cells = part.columns().iter().zip(row);
        let cells = cells.map(|(column, cell)| (column.key.to_owned(), Value::from(cell)));
        let part = ("part".to_owned(), Value::from(part.word()));
        context.out.json(&std::iter::once(part).chain(cells).collect::<Map<_, _>>())?;
    }
    Ok(())
}
