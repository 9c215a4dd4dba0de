//! `flockwork grammar check`: all mistakes of a grammar, or what it can write. Needs no configuration.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::rules::grammar::{Count, Mistake, Mistakes, OwnGrammar};
use domain::rules::review::{Policy, review};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::ask::{open_input, reading};
use super::super::context::Context;
use super::super::lint::{Reason, reasons, spoken};
use super::super::words::{count, cut};
use crate::exit::{Exit, Failure};
use crate::grammar_file;
use crate::output::{Accent, Format};

/// So many posts are reviewed to tell how many of them may go out.
const REVIEWED: u32 = 300;
/// Mistakes that a report shows; the first ones are often the cause of the others.
const MISTAKES_TOLD_MAX: usize = 20;

/// `flockwork grammar check FILE`
#[derive(Args, Debug)]
pub struct Check {
    /// The file, or `-` for standard input.
    file: PathBuf,
    /// Posts that are shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    samples: u32,
    /// Decides which posts are shown and reviewed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What stands for `#topic#`.
    #[arg(long, default_value = "the weather")]
    topic: String,
    /// The longest post, in X's characters.
    #[arg(long, default_value_t = 280, value_parser = clap::value_parser!(u32).range(1..=280))]
    max_length: u32,
}

/// A post as it came, and what review says of it.
#[derive(Serialize)]
struct Sample {
    text: String,
    weighted_length: u32,
    valid: bool,
    problems: Vec<Reason>,
}

/// What became of the reviewed ones.
struct Trial {
    samples: Vec<Sample>,
    passed: usize,
    /// How many fell by each rule.
    fallen: BTreeMap<&'static str, u32>,
}

impl Check {
    pub(super) fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let input = open_input(&self.file)?;
        let read = grammar_file::read(input).with_context(|| reading(&self.file))?;
        let place = place(&self.file);
        match (read, context.out.format) {
            (Ok(grammar), Format::Json) => {
                context.out.json(&self.as_json(&grammar))?;
                Ok(Exit::Success)
            }
            (Ok(grammar), Format::Table) => self.say(&mut context, &place, &grammar),
            (Err(Mistakes(mistakes)), Format::Json) => {
                let problems: Vec<Value> = mistakes.iter().map(problem).collect();
                context.out.json(&json!({ "valid": false, "problems": problems }))?;
                Ok(Exit::BadData)
            }
            (Err(mistakes), Format::Table) => {
                Err(Failure::new(Exit::BadData, report(&place, &mistakes)))
            }
        }
    }

    fn trial(&self, grammar: &OwnGrammar) -> Trial {
        let policy = Policy { max_length: self.max_length, ..Policy::default() };
        let numbers = 0..u64::from(REVIEWED.max(self.samples));
        let samples: Vec<Sample> = numbers
            .map(|number| sample(grammar, &self.topic, self.seed.wrapping_add(number), &policy))
            .collect();
        let mut fallen = BTreeMap::new();
        for reason in samples.iter().filter_map(|sample| sample.problems.first()) {
            *fallen.entry(reason.rule).or_default() += 1;
        }
        Trial { passed: samples.iter().filter(|sample| sample.valid).count(), samples, fallen }
    }

    fn shown<'a>(&self, trial: &'a Trial) -> &'a [Sample] {
        let shown = usize::try_from(self.samples).unwrap_or(usize::MAX);
        &trial.samples[..shown.min(trial.samples.len())]
    }

    fn as_json(&self, grammar: &OwnGrammar) -> Value {
        let trial = self.trial(grammar);
        let posts = match grammar.count(&self.topic) {
            Count::Exactly(count) => json!({ "at_least": count, "at_most": count }),
            // A number that no script could hold is none.
            Count::Between { at_least, at_most } => {
                json!({ "at_least": at_least, "at_most": u64::try_from(at_most).ok() })
            }
        };
        json!({
            "valid": true,
            "posts": posts,
            "is_per_topic": grammar.reads_topic(),
            "review": {
                "samples": trial.samples.len(), "passed": trial.passed, "problems": trial.fallen,
            },
            "samples": self.shown(&trial),
        })
    }

    fn say(
        &self,
        context: &mut Context,
        place: &str,
        grammar: &OwnGrammar,
    ) -> Result<Exit, Failure> {
        let out = &mut context.out;
        let trial = self.trial(grammar);
        out.line(&out.paint(&format!("{place} is right."), Accent::Good))?;
        let mut posts = told(grammar.count(&self.topic));
        if grammar.reads_topic() {
            posts.push_str(", on each topic");
        }
        out.line(&format!("  posts   {posts}"))?;
        let tried = trial.samples.len();
        let mut passed =
            format!("{} of {tried} pass at {} characters", trial.passed, self.max_length);
        if !trial.fallen.is_empty() {
            let fallen: Vec<String> =
                trial.fallen.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
            let _ = write!(passed, "; the others fall by {}", fallen.join(", "));
        }
        out.line(&format!("  review  {passed}"))?;
        for Sample { text, weighted_length, valid, problems } in self.shown(&trial) {
            let (word, accent) = if *valid { ("ok", Accent::Good) } else { ("no", Accent::Bad) };
            let word = out.paint(word, accent);
            let line =
                format!("{word}  {weighted_length:>4}  {}  {}", cut(text, 300), spoken(problems));
            out.line(line.trim_end())?;
        }
        Ok(Exit::Success)
    }
}

fn sample(grammar: &OwnGrammar, topic: &str, seed: u64, policy: &Policy) -> Sample {
    match grammar.write_one(topic, seed) {
        Ok(text) => {
            let verdict = review(&text, policy);
            let problems = reasons(&verdict);
            let (valid, weighted_length) = (problems.is_empty(), verdict.weighted_length);
            Sample { text, weighted_length, valid, problems }
        }
        Err(error) => {
            let reason = Reason { rule: "grammar", message: error.to_string() };
            Sample { text: String::new(), weighted_length: 0, valid: false, problems: vec![reason] }
        }
    }
}

/// How many there are, as far as it is known.
fn told(posts: Count) -> String {
    match posts {
        Count::Exactly(posts) => {
            format!("{} before one comes again", count(posts, "different one"))
        }
        Count::Between { at_least, at_most: u128::MAX } => {
            format!("at least {at_least} different ones, and at most more than can be counted")
        }
        Count::Between { at_least, at_most } => {
            format!("at least {at_least} different ones, and at most {at_most}")
        }
    }
}

fn place(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

fn problem(mistake: &Mistake) -> Value {
    let Mistake { path, found, allowed, mend } = mistake;
    json!({ "place": path, "found": found, "allowed": allowed, "do": mend })
}

fn report(file: &str, Mistakes(mistakes): &Mistakes) -> String {
    let number = u64::try_from(mistakes.len()).unwrap_or(u64::MAX);
    let mut report = format!("{file} has {}.", count(number, "mistake"));
    for Mistake { path, found, allowed, mend } in mistakes.iter().take(MISTAKES_TOLD_MAX) {
        let place = if path.is_empty() { file.to_owned() } else { format!("{file}: {path}") };
        let _ = write!(
            report,
            "\n\n{place}\n  found    {found}\n  allowed  {allowed}\n  do       {mend}"
        );
    }
    let more = mistakes.len().saturating_sub(MISTAKES_TOLD_MAX);
    if more > 0 {
        let _ = write!(report, "\n\nand {more} more");
    }
    report
}
