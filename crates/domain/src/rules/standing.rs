//! How a post stands, in a sentence: may it go out, and if not, why? The command line, the pages and the
//! API say the same.

use crate::model::{Approval, ApprovalVerdict, PostState};
use crate::ports::store::{ReviewedPost, SlotLine};

/// How that post stands, which that slot holds or sent.
pub fn standing(reviewed: &ReviewedPost, slot: Option<&SlotLine>) -> String {
    let detail = slot.and_then(|slot| slot.detail.as_deref()).filter(|detail| !detail.is_empty());
    match reviewed.post.state {
        PostState::Draft if reviewed.approvals.iter().any(is_yes) => {
            "waits for approval; an earlier one was for other bytes or another policy".to_owned()
        }
        PostState::Draft => "waits for approval".to_owned(),
        PostState::Queued => "waits for a slot".to_owned(),
        PostState::Assigned if reviewed.is_unapproved => {
            "a slot holds it, which will be skipped: its approval is undone".to_owned()
        }
        PostState::Assigned => "a slot holds it".to_owned(),
        PostState::Published => "X has it".to_owned(),
        PostState::DryRun => "it would have gone out, but the bot only rehearses".to_owned(),
        PostState::Rejected => match (reviewed.approvals.last(), detail) {
            (Some(Approval { reason: Some(reason), .. }), _) => {
                format!("it never goes out: {reason}")
            }
            (_, Some(detail)) => format!("it never goes out: {detail}"),
            (_, None) => "it never goes out: it was taken out of its queue".to_owned(),
        },
    }
}

/// Whether that was a yes, to whichever bytes.
pub fn is_yes(said: &Approval) -> bool {
    said.verdict == ApprovalVerdict::Approved
}

/// Why a yes does not count any more; `None` where it does, and where it is none.
pub fn undone(said: &Approval, reviewed: &ReviewedPost) -> Option<&'static str> {
    if !is_yes(said) {
        return None;
    }
    let of_now = crate::model::PayloadHash::of(&reviewed.post.content);
    if said.payload_hash != of_now {
        return Some("of other bytes");
    }
    (said.policy_hash != reviewed.policy_hash).then_some("under another policy")
}
