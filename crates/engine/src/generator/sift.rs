//! Which candidates of a batch may be stored: those that review accepts and that are like nothing that
//! there is. Every other one has its reason.

use domain::model::{ApprovalMode, Candidate};
use domain::ports::store::{PostStore, StoreError};
use domain::rules::approval::{Admission, admit};
use domain::rules::review::{Batch, Finding, Policy, Verdict, disclosed, review};
use jiff::Timestamp;

use crate::beside;

/// What a person calls the others of the batch.
const OTHER: &str = "another of the same batch";

/// A batch, parted.
#[derive(Default)]
pub(super) struct Sifted {
    /// What may be stored, with its topic. Where its bot's mode leaves that to a person, the verdict may
    /// have findings.
    pub(super) accepted: Vec<(Verdict, Option<String>)>,
    /// Why the others may not.
    pub(super) refused: Vec<String>,
}

impl Sifted {
    fn refuse(&mut self, finding: &Finding) {
        tracing::debug!(rule = finding.rule, "Dropped a candidate: {}", finding.message);
        self.refused.push(finding.message.clone());
    }
}

/// Parts a batch.
pub(super) async fn sift<S: PostStore + ?Sized>(
    store: &S,
    candidates: &[Candidate],
    (policy, mode): (&Policy, ApprovalMode),
    now: Timestamp,
) -> Result<Sifted, StoreError> {
    let mut sifted = Sifted::default();
    let mut reviewed = Vec::new();
    for candidate in candidates {
        let verdict = review(&disclosed(&candidate.text, policy), policy);
        match verdict.findings.first() {
            Some(finding) if admit(mode, verdict.severity(), false) == Admission::Refused => {
                sifted.refuse(finding);
            }
            _ => reviewed.push((verdict, candidate.topic.clone())),
        }
    }
    let texts: Vec<(&str, String)> =
        reviewed.iter().map(|(verdict, _)| (verdict.text.as_str(), OTHER.to_owned())).collect();
    let findings = beside(store, &mut Batch::default(), &texts, now).await?;
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
