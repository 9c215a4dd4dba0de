//! `flockwork lint`: may these texts go out? One verdict a line, without any database.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::rules::review::{ReviewLimits, Verdict, review};
use serde::Serialize;

use super::ask::{open_input, reading};
use super::context::Context;
use super::rows::{ReadRow, RowFormat, rows};
use super::words::cut;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// `flockwork lint FILE|-`
#[derive(Args, Debug)]
pub struct Lint {
    /// The file, or `-` for standard input.
    file: PathBuf,
    /// How the file holds posts; by its name, else a post a line.
    #[arg(long, value_enum)]
    input: Option<RowFormat>,
    /// The longest post, in X's characters.
    #[arg(long, default_value_t = 280, value_parser = clap::value_parser!(u32).range(1..=280))]
    max_length: u32,
}

/// What `--format json` says of a text; scripts rely on exactly these names.
#[derive(Serialize)]
struct LintLine<'a> {
    text: &'a str,
    weighted_length: u32,
    valid: bool,
    problems: Vec<Reason>,
}

/// A reason against a text.
#[derive(Serialize)]
pub struct Reason {
    /// The rule's id.
    pub rule: &'static str,
    /// The sentence.
    pub message: String,
}

impl Lint {
    /// Reads to the end; fails if any text may not go out.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let format = self.input.unwrap_or_else(|| RowFormat::of(&self.file));
        let limits = ReviewLimits { max_length: self.max_length };
        let mut exit = Exit::Success;
        for row in rows(format, open_input(&self.file)?) {
            if !say(&mut context, &row.with_context(|| reading(&self.file))?, limits)? {
                exit = Exit::Failure;
            }
        }
        Ok(exit)
    }
}

/// Says the verdict on one text; whether it is good.
fn say(context: &mut Context, row: &ReadRow, limits: ReviewLimits) -> Result<bool, Failure> {
    let (raw, weighted_length, problems) = match row {
        Ok(row) => {
            let verdict = review(&row.text, &limits);
            (row.text.as_str(), verdict.weighted_length, reasons(&verdict))
        }
        Err(bad) => {
            let message = format!("line {} {}", bad.line, bad.reason);
            ("", 0, vec![Reason { rule: "row", message }])
        }
    };
    let valid = problems.is_empty();
    match context.out.format {
        Format::Json => {
            context.out.json(&LintLine { text: raw, weighted_length, valid, problems })?;
        }
        Format::Table => {
            let (word, accent) = if valid { ("ok", Accent::Good) } else { ("no", Accent::Bad) };
            let word = context.out.paint(word, accent);
            let text = cut(raw, 60);
            let reasons = spoken(&problems);
            let line = format!("{word}  {weighted_length:>4}  {text:<60}  {reasons}");
            context.out.line(line.trim_end())?;
        }
    }
    Ok(valid)
}

/// Every reason of a verdict.
pub fn reasons(verdict: &Verdict) -> Vec<Reason> {
    let findings = verdict.findings.iter();
    findings.map(|one| Reason { rule: one.rule, message: one.message.clone() }).collect()
}

/// Reasons on one line.
pub fn spoken(reasons: &[Reason]) -> String {
    let parts: Vec<String> =
        reasons.iter().map(|reason| format!("{}: {}", reason.rule, reason.message)).collect();
    parts.join("; ")
}
