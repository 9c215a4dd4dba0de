//! Everything about one post, through several ports: what a person reads before saying yes or no.

use jiff::Timestamp;

use super::{ApprovalStore, PostStore, ReadStore, ReviewedPost, SlotLine, StoreError};
use crate::model::{PayloadHash, PostId};
use crate::rules::review::{Explained, Known, explain};

/// A post with all that is known of it.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The post, and what was said of it.
    pub reviewed: ReviewedPost,
    /// What review says of it now.
    pub explained: Explained,
    /// The slot that holds or sent it.
    pub slot: Option<SlotLine>,
}

impl Dossier {
    /// Reads all of it, and reviews the text anew, beside all others. `None`: there is no such post.
    pub async fn find<S>(store: &S, id: PostId, now: Timestamp) -> Result<Option<Self>, StoreError>
    where
        S: ApprovalStore + PostStore + ReadStore + ?Sized,
    {
        let Some(reviewed) = store.find_reviewed(id).await? else { return Ok(None) };
        let slot = match reviewed.post.slot {
            Some(slot) => store.find_slot(slot).await?,
            None => None,
        };
        let text = reviewed.post.content.as_str();
        let alike = store.list_alike(&[text]).await?.pop().unwrap_or_default();
        let known: Vec<Known<'_>> =
            alike.iter().filter(|other| other.id != id).map(Known::from).collect();
        let explained = explain(text, &reviewed.policy, &known, now);
        Ok(Some(Self { reviewed, explained, slot }))
    }

    /// The hash of its bytes: what an approval is given to.
    pub fn bytes(&self) -> PayloadHash {
        PayloadHash::of(&self.reviewed.post.content)
    }
}
