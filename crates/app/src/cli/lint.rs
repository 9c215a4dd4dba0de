//! `flockwork lint`: may these texts go out? One verdict a line, without any database.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::rules::review::{Finding, Policy, Severity, Verdict, find_rule, review};
use serde::Serialize;

use super::ask::{open_input, reading};
use super::context::Context;
use super::review::severity_words;
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
    /// The longest post, in X's characters; else what the policy says, else 280.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=280))]
    max_length: Option<u32>,
    /// A TOML file that says what the persona allows: languages, links, `banned_words` and so on.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Say of each reason who demands it.
    #[arg(long)]
    explain: bool,
}

/// What `--format json` says of a text; scripts rely on these names.
#[derive(Serialize)]
struct LintLine<'a> {
    text: &'a str,
    weighted_length: u32,
    valid: bool,
    problems: Vec<Problem>,
}

/// A reason of a rule, as scripts read it.
#[derive(Serialize)]
struct Problem {
    rule: &'static str,
    message: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
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
        let mut policy = self.policy.as_deref().map(read_policy).transpose()?.unwrap_or_default();
        policy.max_length = self.max_length.unwrap_or(policy.max_length);
        let mut exit = Exit::Success;
        for row in rows(format, open_input(&self.file)?) {
            let row = row.with_context(|| reading(&self.file))?;
            if !self.say(&mut context, &row, &policy)? {
                exit = Exit::Failure;
            }
        }
        Ok(exit)
    }

    /// Says the verdict on one text; whether it is good.
    fn say(&self, context: &mut Context, row: &ReadRow, policy: &Policy) -> Result<bool, Failure> {
        let (text, weighted_length, problems) = match row {
            Ok(row) => {
                let verdict = review(&row.text, policy);
                (row.text.as_str(), verdict.weighted_length, self.problems(&verdict))
            }
            Err(bad) => {
                let message = format!("line {} {}", bad.line, bad.reason);
                let severity = Severity::Blocks.as_str();
                ("", 0, vec![Problem { rule: "row", message, severity, source: None }])
            }
        };
        let valid = problems.is_empty();
        if context.out.format == Format::Json {
            context.out.json(&LintLine { text, weighted_length, valid, problems })?;
            return Ok(valid);
        }
        let (word, accent) = if valid { ("ok", Accent::Good) } else { ("no", Accent::Bad) };
        let word = context.out.paint(word, accent);
        let reasons: Vec<String> = problems.iter().map(Problem::spoken).collect();
        let line =
            format!("{word}  {weighted_length:>4}  {:<60}  {}", cut(text, 60), reasons.join("; "));
        context.out.line(line.trim_end())?;
        if self.explain {
            for rule in problems.iter().filter_map(|problem| find_rule(problem.rule)) {
                let source = rule.source;
                context.out.line(&format!("    {}: {}; {}", rule.id, source.says, source.link))?;
            }
        }
        Ok(valid)
    }

    fn problems(&self, verdict: &Verdict) -> Vec<Problem> {
        let source = |rule| find_rule(rule).filter(|_| self.explain).map(|rule| rule.source.link);
        let findings = verdict.findings.iter();
        findings
            .map(|one| Problem {
                rule: one.rule,
                message: one.message.clone(),
                severity: one.severity.as_str(),
                source: source(one.rule),
            })
            .collect()
    }
}

impl Problem {
    /// With what it means.
    fn spoken(&self) -> String {
        let severity = find_rule(self.rule).map_or(Severity::Blocks, |rule| rule.severity);
        format!("{} ({}): {}", self.rule, severity_words(severity), self.message)
    }
}

fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let text = std::fs::read_to_string(path).with_context(|| reading(path))?;
    toml::from_str(&text).map_err(|error| {
        let message = format!("{} is no policy: {}", path.display(), error.to_string().trim_end());
        Failure::new(Exit::BadData, message)
            .hint("`flockwork review rules --format json` shows policies in its examples")
    })
}

impl Reason {
    /// The reason that a rule found.
    pub fn of(finding: Finding) -> Self {
        Self { rule: finding.rule, message: finding.message }
    }
}

/// Every reason of a verdict.
pub fn reasons(verdict: &Verdict) -> Vec<Reason> {
    verdict.findings.iter().cloned().map(Reason::of).collect()
}

/// Reasons on one line.
pub fn spoken(reasons: &[Reason]) -> String {
    let parts: Vec<String> =
        reasons.iter().map(|reason| format!("{}: {}", reason.rule, reason.message)).collect();
    parts.join("; ")
}
