//! Which candidates of a batch may be stored: those that review accepts and that are like nothing that
//! there is. Every other one has its reason.

use std::collections::BTreeMap;

use domain::model::{ApprovalMode, Candidate, Persona};
use domain::ports::store::{PostStore, StoreError};
use domain::rules::approval::{Admission, admit};
use domain::rules::review::{Batch, Finding, Verdict, disclosed, review};
use jiff::Timestamp;

use crate::beside;

/// What a person calls the others of the batch.
const OTHER: &str = "another of the same batch";
/// And what the persona gave to imitate.
const EXAMPLE: &str = "an example of its persona";

/// A batch, parted.
#[derive(Default)]
pub(crate) struct Sifted<'a> {
    /// What may be stored, with what it was written for. Where its bot's mode leaves that to a person, the
    /// verdict may have findings.
    pub(crate) accepted: Vec<(Verdict, &'a Candidate)>,
    /// Why the others may not.
    pub(crate) refused: Vec<String>,
    /// How many each rule refused.
    counts: BTreeMap<&'static str, u64>,
}

impl Sifted<'_> {
    fn refuse(&mut self, finding: &Finding) {
        tracing::debug!(rule = finding.rule, "Dropped a candidate: {}", finding.message);
        self.refused.push(finding.message.clone());
        *self.counts.entry(finding.rule).or_default() += 1;
    }

    /// Which rules refused how many, for the log: `length 2, near_duplicate 1`.
    pub(crate) fn by_rule(&self) -> String {
        let counts: Vec<String> =
            self.counts.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        counts.join(", ")
    }
}

/// Parts a batch.
pub(crate) async fn sift<'a, S: PostStore + ?Sized>(
    store: &S,
    candidates: &'a [Candidate],
    (persona, mode): (&Persona, ApprovalMode),
    now: Timestamp,
) -> Result<Sifted<'a>, StoreError> {
    let policy = &persona.policy;
    let mut sifted = Sifted::default();
    let mut reviewed = Vec::new();
    for candidate in candidates {
        let verdict = review(&disclosed(&candidate.text, policy), policy);
        match verdict.findings.first() {
            Some(finding) if admit(mode, verdict.severity(), false) == Admission::Refused => {
                sifted.refuse(finding);
            }
            _ => reviewed.push((verdict, candidate)),
        }
    }
    let texts: Vec<(&str, String)> =
        reviewed.iter().map(|(verdict, _)| (verdict.text.as_str(), OTHER.to_owned())).collect();
    let findings = beside(store, &mut with_examples(persona), &texts, now).await?;
    for (mut one, finding) in reviewed.into_iter().zip(findings) {
        match finding {
            Some(finding) if admit(mode, Some(finding.severity), false) == Admission::Refused => {
                sifted.refuse(&finding);
            }
            finding => {
                one.0.findings.extend(finding);
                sifted.accepted.push(one);
            }
        }
    }
    Ok(sifted)
}

/// Models like to hand back what they were shown.
fn with_examples(persona: &Persona) -> Batch {
    let mut batch = Batch::default();
    for example in &persona.examples {
        batch.take(&disclosed(example, &persona.policy), EXAMPLE);
    }
    batch
}
