//! `flockwork review`: which rules there are, how well they do, and what they say of a post. The first
//! two need no configuration.

pub mod explain;

use clap::Subcommand;
use domain::rules::review::corpus::{Mistake, mistakes, scores, texts};
use domain::rules::review::{ASKED_RULES, RULES, Rule, Severity};
use serde_json::json;

use self::explain::Explain;
use super::context::Context;
use super::words::cut;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format, Output};

/// What to say of review.
#[derive(Subcommand, Debug)]
pub enum ReviewCommand {
    /// Lists every rule: what it demands, who demands it, and an example of both sides.
    Rules,
    /// Judges the labelled texts that come with the rules, and counts.
    ///
    /// Precision is how much of what a rule refuses it must refuse, recall how much of what it must
    /// refuse it does. Ends with 1 if any text is judged wrongly.
    Corpus,
    /// Says everything about one post: every rule's verdict with its source, what it is like, what people
    /// said of it, and what becomes of it.
    Explain(Explain),
}

impl ReviewCommand {
    /// Says it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Rules => {
                for rule in RULES.into_iter().chain(ASKED_RULES) {
                    say_rule(&mut context.out, rule)?;
                }
                Ok(Exit::Success)
            }
            Self::Corpus => say_corpus(&mut context.out),
            Self::Explain(explain) => explain.run(context).await,
        }
    }
}

/// A severity as a person reads it.
pub fn severity_words(severity: Severity) -> &'static str {
    match severity {
        Severity::Holds => "waits for a person",
        Severity::NeedsPerson => "needs a person",
        Severity::Blocks => "blocks",
    }
}

fn say_rule(out: &mut Output, rule: &Rule) -> Result<(), Failure> {
    let example = rule.example;
    if out.format == Format::Json {
        out.json(&json!({
            "id": rule.id,
            "what": rule.what,
            "severity": rule.severity.as_str(),
            "source": { "says": rule.source.says, "link": rule.source.link },
            "example": {
                "policy": (example.policy)(),
                "beside": example.beside,
                "accepted": example.accepted,
                "refused": example.refused,
            },
        }))?;
        return Ok(());
    }
    let id = out.paint(rule.id, Accent::Warn);
    out.line(&format!("{id} ({}): {}", severity_words(rule.severity), rule.what))?;
    out.line(&format!("  source   {}; {}", rule.source.says, rule.source.link))?;
    if let Some(beside) = example.beside {
        out.line(&format!("  beside   {}", cut(beside, 100)))?;
    }
    let accepted = out.paint("accepts", Accent::Good);
    out.line(&format!("  {accepted}  {}", cut(example.accepted, 100)))?;
    let refused = out.paint("refuses", Accent::Bad);
    out.line(format!("  {refused}  {}", cut(example.refused, 100)).trim_end())?;
    Ok(())
}

fn say_corpus(out: &mut Output) -> Result<Exit, Failure> {
    let texts = texts();
    let scores = scores(&texts);
    if out.format == Format::Json {
        for score in &scores {
            out.json(&json!({
                "rule": score.rule,
                "positives": score.positives,
                "near_misses": score.near_misses,
                "missed": score.missed,
                "invented": score.invented,
                "precision_percent": score.precision_percent(),
                "recall_percent": score.recall_percent(),
            }))?;
        }
    } else {
        let rows = scores.iter().map(|score| {
            vec![
                score.rule.to_owned(),
                score.positives.to_string(),
                score.near_misses.to_string(),
                ratio(score.precision_percent()),
                ratio(score.recall_percent()),
            ]
        });
        let heads = ["rule", "to find", "near misses", "precision", "recall"];
        out.table(&heads, rows.collect(), &[1, 2, 3, 4])?;
        out.note(&format!("{} texts", texts.len()))?;
    }
    let wrong = mistakes(&texts);
    for mistake in &wrong {
        out.note(&told(mistake))?;
    }
    Ok(if wrong.is_empty() { Exit::Success } else { Exit::Failure })
}

/// `1.00`.
fn ratio(percent: usize) -> String {
    format!("{}.{:02}", percent / 100, percent % 100)
}

fn told(mistake: &Mistake) -> String {
    let Mistake { line, rule, is_missed, text } = mistake;
    let what = if *is_missed { "lets by" } else { "refuses" };
    format!("line {line}: {rule} {what} {}", cut(text, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_two_places_and_a_mistake_says_which_way_it_went() {
        assert_eq!([100, 99, 5, 0].map(ratio), ["1.00", "0.99", "0.05", "0.00"]);
        let mistake = |is_missed| Mistake { line: 7, rule: "link", is_missed, text: "a\nb".into() };
        assert_eq!(told(&mistake(true)), "line 7: link lets by a b");
        assert_eq!(told(&mistake(false)), "line 7: link refuses a b");
    }
}
