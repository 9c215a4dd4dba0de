//! Review of a text that a person typed: the rules, all other posts, and the moderation endpoint where one
//! is configured. As the engine and the command line do it.

use domain::model::{BotId, Policy, PostId};
use domain::ports::store::StoreError;
use domain::rules::review::{Known, Severity, Verdict, near_duplicate_of, review};

use crate::state::Shared;

/// Of words that are only tried: without the endpoint, which costs time and may cost money.
pub(crate) async fn try_out(
    shared: &Shared,
    own: Option<PostId>,
    text: &str,
    policy: &Policy,
) -> Result<Verdict, StoreError> {
    let mut verdict = review(text, policy);
    let mut alike = shared.store.list_alike(&[&verdict.text]).await?.pop().unwrap_or_default();
    alike.retain(|other| Some(other.id) != own);
    let known: Vec<Known<'_>> = alike.iter().map(Known::from).collect();
    verdict.findings.extend(near_duplicate_of(&verdict.text, &known, shared.clock.now()));
    Ok(verdict)
}

/// Of words that are to be stored for that bot.
pub(crate) async fn judge(
    shared: &Shared,
    (bot, own): (&BotId, Option<PostId>),
    text: &str,
    policy: &Policy,
) -> Result<Verdict, StoreError> {
    let mut verdict = try_out(shared, own, text, policy).await?;
    if verdict.severity() != Some(Severity::Blocks) {
        verdict.findings.extend(shared.node.look_at(bot, &verdict.text).await?);
    }
    Ok(verdict)
}
