//! Which candidates of a batch may be stored: those that review accepts, that are like nothing that there
//! is, and that a moderation endpoint has nothing against. Every other one has its reason.

use std::collections::BTreeMap;

use domain::model::{ApprovalMode, BotId, Candidate, Persona};
use domain::ports::store::StoreError;
use domain::rules::approval::{Admission, admit};
use domain::rules::review::{Batch, Finding, Severity, Verdict, disclosed, review};

use crate::{Engine, beside};

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

    /// Takes out of `reviewed` what a finding refuses; the others keep theirs.
    fn part<'b>(
        &mut self,
        mode: ApprovalMode,
        reviewed: Vec<(Verdict, &'b Candidate)>,
        findings: Vec<Option<Finding>>,
    ) -> Vec<(Verdict, &'b Candidate)> {
        let mut kept = Vec::new();
        for (mut one, finding) in reviewed.into_iter().zip(findings) {
            match finding {
                Some(finding) if is_refused(mode, Some(finding.severity)) => self.refuse(&finding),
                finding => {
                    one.0.findings.extend(finding);
                    kept.push(one);
                }
            }
        }
        kept
    }

    /// Which rules refused how many, for the log: `length 2, near_duplicate 1`.
    pub(crate) fn by_rule(&self) -> String {
        let counts: Vec<String> =
            self.counts.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        counts.join(", ")
    }

    /// The same, for the store.
    pub(crate) fn drops(&self) -> Vec<(String, u64)> {
        self.counts.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect()
    }
}

/// For whom a batch was written, and by what.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) bot: &'a BotId,
    pub(crate) persona: &'a Persona,
    pub(crate) mode: ApprovalMode,
    /// A grammar wrote it.
    pub(crate) is_grammar: bool,
}

impl Engine {
    /// Parts a batch: the rules of the house first, then what is there already, then the moderation
    /// endpoint about what is left.
    pub(crate) async fn sift<'a>(
        &self,
        candidates: &'a [Candidate],
        whose: Whose<'_>,
    ) -> Result<Sifted<'a>, StoreError> {
        let (persona, policy) = (whose.persona, &whose.persona.policy);
        let mut sifted = Sifted::default();
        let mut reviewed = Vec::new();
        for candidate in candidates {
            let verdict = review(&disclosed(&candidate.text, policy), policy);
            match verdict.findings.first() {
                Some(finding) if is_refused(whose.mode, verdict.severity()) => {
                    sifted.refuse(finding);
                }
                _ => reviewed.push((verdict, candidate)),
            }
        }
        let texts: Vec<(&str, String)> =
            reviewed.iter().map(|(verdict, _)| (verdict.text.as_str(), OTHER.to_owned())).collect();
        let mut examples = with_examples(persona);
        let findings = beside(self.store.as_ref(), &mut examples, &texts, self.now()).await?;
        let reviewed = sifted.part(whose.mode, reviewed, findings);
        let texts: Vec<&str> = reviewed.iter().map(|(verdict, _)| verdict.text.as_str()).collect();
        let findings = self.moderate(whose, &texts).await?;
        sifted.accepted = sifted.part(whose.mode, reviewed, findings);
        for (rule, count) in &sifted.counts {
            self.metrics.refused(rule, *count);
        }
        Ok(sifted)
    }

    /// What the moderation endpoint has against each text.
    pub(crate) async fn moderate(
        &self,
        whose: Whose<'_>,
        texts: &[&str],
    ) -> Result<Vec<Option<Finding>>, StoreError> {
        let unseen = || texts.iter().map(|_| None).collect();
        let Some(moderation) = &self.moderation else { return Ok(unseen()) };
        if texts.is_empty() || (whose.is_grammar && !moderation.sees_grammar) {
            return Ok(unseen());
        }
        let at_whose = (whose.bot, self.fence());
        let (store, clock) = (self.store.as_ref(), self.clock.as_ref());
        let looked = moderation.look_for(store, at_whose, texts, clock).await?;
        if let Some(why) = &looked.error {
            tracing::warn!(
            event = "queue.held",
                bot.id = %whose.bot, posts.held = texts.len(),
                "Texts of @{} wait for a person: the moderation endpoint did not see them: {why}",
                whose.bot
            );
        }
        self.vitals.moderation(self.now(), looked.error.map_or(Ok(()), Err));
        Ok(looked.findings)
    }
}

fn is_refused(mode: ApprovalMode, worst: Option<Severity>) -> bool {
    admit(mode, worst, false) == Admission::Refused
}

/// Models like to hand back what they were shown.
pub(crate) fn with_examples(persona: &Persona) -> Batch {
    let mut batch = Batch::default();
    for example in &persona.examples {
        batch.take(&disclosed(example, &persona.policy), EXAMPLE);
    }
    batch
}
