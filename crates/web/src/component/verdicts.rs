//! What review says of a text: every finding, and whether it stops it.

use askama::Template;
use domain::rules::review::{Explained, Finding, Severity, Verdict};

use super::pill::{Mood, Pill};
use super::post_card::PostCard;

/// The verdicts of one text.
#[derive(Debug, PartialEq, Template)]
#[template(path = "component/verdicts.html")]
pub(crate) struct Verdicts {
    findings: Vec<Line>,
    alike: Vec<String>,
    passed: usize,
    /// Of words that are only tried: how they would look.
    trial: Option<PostCard>,
}

#[derive(Debug, PartialEq)]
struct Line {
    pill: Pill,
    rule: &'static str,
    message: String,
}

impl Verdicts {
    /// Of a stored text.
    pub(crate) fn of(explained: &Explained) -> Self {
        let findings: Vec<Line> = explained.findings().map(Line::of).collect();
        Self {
            passed: explained.rules.len() - findings.len(),
            findings,
            alike: explained.alike.iter().map(|alike| alike.said.clone()).collect(),
            trial: None,
        }
    }

    /// Of words that are only tried.
    pub(crate) fn of_trial(verdict: &Verdict, preview: PostCard) -> Self {
        let findings: Vec<Line> = verdict.findings.iter().map(Line::of).collect();
        Self { passed: 0, findings, alike: Vec::new(), trial: Some(preview) }
    }
}

impl Line {
    fn of(finding: &Finding) -> Self {
        let pill = match finding.severity {
            Severity::Blocks => Pill::new(Mood::NeedsYou, "stops it"),
            Severity::NeedsPerson => Pill::new(Mood::Late, "your call"),
            Severity::Holds => Pill::new(Mood::Unknown, "not seen"),
        };
        Self { pill, rule: finding.rule, message: finding.message.clone() }
    }
}
