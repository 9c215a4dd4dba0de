//! What happened to a post, step by step.

use domain::model::{ApprovalVerdict, AttemptState, PayloadHash};
use domain::ports::store::{AttemptLine, SlotLine};
use domain::rules::classify::in_words;
use domain::rules::review::Severity;
use domain::rules::standing::undone;
use jiff::{SignedDuration, Timestamp};

use super::Known;
use crate::component::{Moment, Mood, Pill, Step, lateness, money, sentence, shown_at};

/// Digits of a hash that a person is shown.
const HASH_SHOWN: usize = 8;

/// All steps, oldest first.
pub(super) fn steps(known: &Known, now: Timestamp) -> Vec<Step> {
    let teller = Teller { known, now };
    let mut steps = teller.written();
    steps.push(teller.reviewed());
    steps.extend(teller.approvals());
    for slot in &known.slots {
        steps.push(given(slot));
        let tries = known.attempts.iter().filter(|attempt| attempt.slot == slot.slot);
        steps.extend(tries.flat_map(|attempt| teller.tried(attempt)));
    }
    steps.extend(teller.proven());
    steps.extend(known.findings.iter().map(|found| {
        Step::new(Mood::NeedsYou, "The audit found something")
            .at(teller.moment(found.first_seen))
            .saying(format!("{}.", sentence(&found.detail)))
    }));
    steps
}

/// What belongs to the first line besides how it stands: what its last attempt met, and whether X still
/// shows it.
pub(super) fn besides(known: &Known) -> Option<String> {
    if known.proof.as_ref().is_some_and(|proof| proof.removed_at.is_some()) {
        return Some("X does not show it any more; it was there.".to_owned());
    }
    let last = known.attempts.last().filter(|_| known.proof.is_none())?;
    let class = last.class.as_deref().filter(|_| last.state != AttemptState::Sending)?;
    Some(format!("When it was last tried, {}.", in_words(class)))
}

/// The first digits of a hash.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(HASH_SHOWN).collect()
}

struct Teller<'a> {
    known: &'a Known,
    now: Timestamp,
}

impl Teller<'_> {
    fn moment(&self, at: Timestamp) -> Moment {
        let zone = self.known.bot.as_ref().map(|bot| bot.timezone.as_str());
        Moment::stamp(at, self.now).in_zone(zone)
    }

    fn written(&self) -> Vec<Step> {
        let post = &self.known.dossier.reviewed.post;
        let writing = self.known.writing.as_ref();
        let mut steps = Vec::new();
        if let Some(prompt) = writing.and_then(|writing| writing.prompt.as_ref()) {
            steps.push(
                Step::new(Mood::Waiting, "Asked for")
                    .at(self.moment(post.created_at))
                    .saying("A model was asked for a batch of posts.")
                    .fold("What it was asked for this batch", &*prompt.batch)
                    .fold("Who it was told to be", &*prompt.system),
            );
        }
        let by = match post.generation_model.as_deref() {
            None => "Nobody knows who wrote it.".to_owned(),
            Some("import") => "A person or a file brought it.".to_owned(),
            Some("feed") => "It was made of an item of a feed, by a template.".to_owned(),
            Some("evergreen") => "It was taken from the evergreen stock.".to_owned(),
            Some("grammar") => "A grammar wrote it, without a model.".to_owned(),
            Some(model) => format!("{model} wrote it."),
        };
        let is_by_model = post.generation_tokens > 0;
        let step = Step::new(Mood::OnTime, "Written")
            .at(self.moment(post.created_at))
            .saying(by)
            .maybe_fact("persona", writing.map(|one| format!("version {}", one.persona_version)))
            .maybe_fact("topic", post.topic.clone())
            .maybe_fact("angle", writing.and_then(|one| one.angle.clone()))
            .maybe_fact("format", writing.and_then(|one| one.format.clone()))
            .maybe_fact("tokens", is_by_model.then(|| post.generation_tokens.to_string()))
            .maybe_fact("cost", is_by_model.then(|| money(post.generation_cost)));
        steps.push(step);
        steps
    }

    fn reviewed(&self) -> Step {
        let dossier = &self.known.dossier;
        let explained = &dossier.explained;
        let findings = explained.findings().count();
        let passed = explained.rules.len() - findings;
        let (mood, said) = match findings {
            0 => (Mood::OnTime, format!("Nothing speaks against it: {passed} rules passed.")),
            _ => (Mood::Late, format!("{passed} rules passed, {findings} spoke against it.")),
        };
        let mut step = Step::new(mood, "Reviewed").saying(said);
        if let Some(because) = &dossier.reviewed.because {
            step = step.saying(format!("When it came, a person was wanted: the text {because}."));
        }
        for alike in &explained.alike {
            step = step.saying(format!("{}.", sentence(&alike.said)));
        }
        let loud = explained.rules.iter().filter(|judged| judged.finding.is_some());
        let still = explained.rules.iter().filter(|judged| judged.finding.is_none());
        for judged in loud.chain(still) {
            step = match &judged.finding {
                None => step.rule(Pill::new(Mood::OnTime, "ok"), judged.rule.id, judged.rule.what),
                Some(finding) => {
                    let pill = match finding.severity {
                        Severity::Blocks => Pill::new(Mood::NeedsYou, "stops it"),
                        Severity::NeedsPerson => Pill::new(Mood::Late, "your call"),
                        Severity::Holds => Pill::new(Mood::Unknown, "not seen"),
                    };
                    step.rule(pill, finding.rule, finding.message.clone())
                }
            };
        }
        step
    }

    fn approvals(&self) -> impl Iterator<Item = Step> {
        let reviewed = &self.known.dossier.reviewed;
        reviewed.approvals.iter().map(|said| {
            let (mood, title) = match said.verdict {
                ApprovalVerdict::Approved => (Mood::OnTime, "Approved"),
                ApprovalVerdict::Edited => (Mood::Waiting, "Edited"),
                ApprovalVerdict::Rejected => (Mood::NeedsYou, "Rejected"),
                ApprovalVerdict::Expired => (Mood::Late, "Expired"),
            };
            let undone = undone(said, reviewed);
            let step = Step::new(if undone.is_some() { Mood::Late } else { mood }, title)
                .at(self.moment(said.at));
            let step = match undone {
                None => step.quoting("By", &said.who),
                Some(why) => {
                    step.quoting(format!("It does not count any more, it is {why}. By"), &said.who)
                }
            };
            let step = match &said.reason {
                Some(reason) => step.quoting("Because:", reason),
                None => step,
            };
            step.fact("bytes", short(said.payload_hash.as_str()))
                .fact("policy", short(said.policy_hash.as_str()))
        })
    }

    fn tried(&self, attempt: &AttemptLine) -> Vec<Step> {
        let own = PayloadHash::of(&self.known.dossier.reviewed.post.content);
        let is_same = attempt.payload_hash == own;
        let bytes = short(attempt.payload_hash.as_str());
        let mut steps = vec![
            Step::new(Mood::OnTime, "Intended")
                .at(self.moment(attempt.intent_at))
                .saying(format!("Attempt {} was stored before anything was sent.", attempt.number))
                .fact("bytes", if is_same { bytes } else { format!("{bytes}, other than now") }),
        ];
        steps.push(self.answered(attempt));
        if attempt.looks > 0 {
            let (looks, votes) = (attempt.looks, attempt.absence_votes);
            let times = if looks == 1 { "once".to_owned() } else { format!("{looks} times") };
            let step = Step::new(Mood::Unknown, "Looked for")
                .saying(format!("The timeline was read {times} to find out."));
            steps.push(match votes {
                0 => step,
                votes => step.saying(format!("{votes} of them prove that X did not have it then.")),
            });
        }
        steps
    }

    fn answered(&self, attempt: &AttemptLine) -> Step {
        let (mood, title) = match attempt.state {
            AttemptState::Sending => (Mood::OnTime, "On its way"),
            AttemptState::Posted => (Mood::OnTime, "Sent"),
            AttemptState::Refused => (Mood::Late, "Sent, and refused"),
            AttemptState::Unknown => (Mood::Unknown, "Sent, and the answer was lost"),
            AttemptState::Absent => (Mood::Late, "Sent, and never arrived"),
        };
        let step = Step::new(mood, title);
        let Some(closed_at) = attempt.closed_at else {
            return step.saying("X has not answered yet; it is asked for 25 s at most.");
        };
        let step = step.at(self.moment(closed_at));
        let step = match attempt.class.as_deref() {
            Some(class) => step.saying(format!("{}.", sentence(in_words(class)))),
            None => step,
        };
        let step = match attempt.detail.as_deref().filter(|detail| !detail.is_empty()) {
            Some(detail) => step.quoting("What was heard:", detail),
            None => step,
        };
        step.maybe_fact("status", attempt.status.map(|status| status.to_string()))
            .maybe_fact("request", attempt.request_id.clone())
            .fact("took", took(closed_at.duration_since(attempt.intent_at)))
            .fact("cost", money(attempt.charged))
    }

    fn proven(&self) -> Vec<Step> {
        let Some(proof) = &self.known.proof else { return Vec::new() };
        let receipt = &proof.receipt;
        let due = self.known.slots.iter().find(|slot| Some(slot.slot) == proof.slot);
        let mut step = Step::new(Mood::OnTime, "On X")
            .at(self.moment(receipt.posted_at))
            .fact("X's number", receipt.x_post_id.as_str());
        if receipt.is_adopted {
            step = step.saying("Its answer was lost, or its history: the timeline showed it.");
        }
        if let Some(slot) = due {
            step = step.fact("after its time", lateness(slot.due_at, receipt.posted_at));
        }
        let bot = &self.known.dossier.reviewed.post.bot;
        let address = shown_at(bot, &receipt.x_post_id, self.known.is_demo);
        let mut steps = vec![step.link("See it there", address)];
        if let Some(at) = proof.removed_at {
            steps.push(
                Step::new(Mood::Late, "Not shown any more").at(self.moment(at)).saying(
                    "The daily comparison did not find it on the timeline. It stays posted.",
                ),
            );
        }
        steps
    }
}

fn given(slot: &SlotLine) -> Step {
    let step = Step::new(Mood::Waiting, "Given to a slot")
        .saying(format!(
            "Slot {}, due {}.",
            slot.slot.0,
            slot.due_at.strftime("%-d %b %H:%M:%S UTC")
        ))
        .link("See the slot", format!("/calendar/{}", slot.slot.0));
    let is_over = slot.state.reason().is_some();
    match slot.detail.as_deref().filter(|detail| is_over && !detail.is_empty()) {
        Some(detail) => step.quoting(format!("{}:", sentence(slot.state.phase().as_str())), detail),
        None => step,
    }
}

/// `0.42 s`.
fn took(length: SignedDuration) -> String {
    let millis = length.as_millis().max(0);
    format!("{}.{:02} s", millis / 1000, millis % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_takes_hundredths_of_a_second() {
        assert_eq!(took(SignedDuration::from_millis(423)), "0.42 s");
        assert_eq!(took(SignedDuration::from_millis(-3)), "0.00 s");
        assert_eq!(short("0123456789abcdef"), "01234567");
    }
}
