//! Candidates beside all that there is: the posts of all bots and all time, and each other. Both who
//! writes for a queue and who fills it by hand ask here, before anything is stored.
//!
//! Two nodes that store nearly the same text in the same moment do not see each other's; two that store
//! the same one do, because the store refuses it.

use domain::model::PostId;
use domain::ports::store::{ALIKE_TEXTS_MAX, AlikePost, PostStore, StoreError};
use domain::rules::review::{Batch, Finding, Known, near_duplicate_of};
use jiff::Timestamp;

/// What speaks against each text: a post that it is like, or an earlier one of `batch`. What nothing
/// speaks against is in `batch` from here on, under its name.
pub async fn beside<S: PostStore + ?Sized>(
    store: &S,
    batch: &mut Batch,
    candidates: &[(&str, String)],
    now: Timestamp,
) -> Result<Vec<Option<Finding>>, StoreError> {
    let mut findings = Vec::with_capacity(candidates.len());
    for candidates in candidates.chunks(ALIKE_TEXTS_MAX) {
        let texts: Vec<&str> = candidates.iter().map(|(text, _)| *text).collect();
        let stored = store.list_alike(&texts).await?;
        for ((text, name), alike) in candidates.iter().zip(stored) {
            let finding = beside_posts(text, &alike, now);
            findings.push(finding.or_else(|| batch.take(text, name)));
        }
    }
    Ok(findings)
}

/// What speaks against another text for a stored post: any other post that it is like.
pub async fn beside_others<S: PostStore + ?Sized>(
    store: &S,
    own: PostId,
    text: &str,
    now: Timestamp,
) -> Result<Option<Finding>, StoreError> {
    let mut alike = store.list_alike(&[text]).await?.pop().unwrap_or_default();
    alike.retain(|post| post.id != own);
    Ok(beside_posts(text, &alike, now))
}

fn beside_posts(text: &str, alike: &[AlikePost], now: Timestamp) -> Option<Finding> {
    let known: Vec<Known<'_>> = alike.iter().map(Known::from).collect();
    near_duplicate_of(text, &known, now)
}
