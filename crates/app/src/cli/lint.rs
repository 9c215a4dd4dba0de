//! `flockwork lint`: may these texts go out? One verdict a line, without any database, and without any
//! network unless the moderation endpoint is wanted.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::ports::MODERATED_MAX;
use domain::rules::review::{Finding, Policy, Severity, Verdict, find_rule, review};
use engine::Moderation;
use serde::Serialize;

use super::ask::{open_input, reading};
use super::context::Context;
use super::review::severity_words;
use super::rows::{ReadRow, RowFormat, rows};
use super::words::cut;
use crate::adapters;
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
    /// Show the texts to the moderation endpoint of the configuration, too. No bot pays for that.
    #[arg(long)]
    moderation: bool,
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
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
}

/// A row with what review says of its text.
struct Read {
    row: ReadRow,
    verdict: Option<Verdict>,
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
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let format = self.input.unwrap_or_else(|| RowFormat::of(&self.file));
        let mut policy = self.policy.as_deref().map(read_policy).transpose()?.unwrap_or_default();
        policy.max_length = self.max_length.unwrap_or(policy.max_length);
        let moderation = self.moderation(&context)?;
        // Without an endpoint each verdict is said as its line comes.
        let at_once = if moderation.is_some() { MODERATED_MAX } else { 1 };
        let (mut exit, mut waiting) = (Exit::Success, Vec::with_capacity(at_once));
        let mut rows = rows(format, open_input(&self.file)?);
        loop {
            let next = rows.next().transpose().with_context(|| reading(&self.file))?;
            let is_last = next.is_none();
            waiting.extend(next.map(|row| Read::of(row, &policy)));
            if waiting.len() < at_once && !is_last {
                continue;
            }
            moderate(moderation.as_ref(), &mut waiting).await;
            for read in waiting.drain(..) {
                if !self.say(&mut context, &read)? {
                    exit = Exit::Failure;
                }
            }
            if is_last {
                return Ok(exit);
            }
        }
    }

    fn moderation(&self, context: &Context) -> Result<Option<Moderation>, Failure> {
        if !self.moderation {
            return Ok(None);
        }
        let Some(moderation) = adapters::moderation(&context.config()?)? else {
            let message = "no moderation endpoint is configured";
            return Err(Failure::new(Exit::Usage, message)
                .hint("set FLOCKWORK_MODERATION_MODEL, such as omni-moderation-2024-09-26"));
        };
        Ok(Some(moderation))
    }

    /// Says the verdict on one text; whether it is good.
    fn say(&self, context: &mut Context, read: &Read) -> Result<bool, Failure> {
        let (text, weighted_length, problems) = match (&read.row, &read.verdict) {
            (Ok(row), Some(verdict)) => {
                (row.text.as_str(), verdict.weighted_length, self.problems(verdict))
            }
            (Ok(row), None) => (row.text.as_str(), 0, Vec::new()),
            (Err(bad), _) => {
                let message = format!("line {} {}", bad.line, bad.reason);
                let severity = Severity::Blocks;
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
                severity: one.severity,
                source: source(one.rule),
            })
            .collect()
    }
}

impl Problem {
    /// With what it means.
    fn spoken(&self) -> String {
        format!("{} ({}): {}", self.rule, severity_words(self.severity), self.message)
    }
}

impl Read {
    fn of(row: ReadRow, policy: &Policy) -> Self {
        let verdict = row.as_ref().ok().map(|row| review(&row.text, policy));
        Self { row, verdict }
    }
}

/// Asks about every text that no rule blocks.
async fn moderate(moderation: Option<&Moderation>, waiting: &mut [Read]) {
    let Some(moderation) = moderation else { return };
    let may_go = |verdict: &&mut Verdict| verdict.severity() != Some(Severity::Blocks);
    let asked: Vec<&mut Verdict> =
        waiting.iter_mut().filter_map(|read| read.verdict.as_mut()).filter(may_go).collect();
    let texts: Vec<&str> = asked.iter().map(|verdict| verdict.text.as_str()).collect();
    let looked = moderation.look(&texts).await;
    for (verdict, finding) in asked.into_iter().zip(looked.findings) {
        verdict.findings.extend(finding);
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
