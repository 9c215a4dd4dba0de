//! Bots that post to the real X: was what X demands of their accounts confirmed?

use domain::model::{BotId, GoLive, GoLiveItem};
use domain::ports::store::BotStore as _;

use super::finding::Finding;
use crate::cli::context::Context;
use crate::config::Config;

/// Each of these bots. Where there is no database yet, nothing was confirmed; where it cannot be opened,
/// that is told already.
pub(super) async fn examine(context: &Context, config: &Config, bots: &[BotId]) -> Vec<Finding> {
    let db = context.open_existing(config).await.ok();
    let mut findings = Vec::with_capacity(bots.len());
    for bot in bots {
        let confirmed = match &db {
            Some(db) => db.list_go_live(bot).await.unwrap_or_default(),
            None => Vec::new(),
        };
        findings.push(judge(bot, &confirmed));
    }
    if let Some(db) = db {
        db.close().await;
    }
    findings
}

fn judge(bot: &BotId, confirmed: &[GoLive]) -> Finding {
    let is_missing = |item: &&GoLiveItem| confirmed.iter().all(|said| said.item != **item);
    let missing: Vec<&str> =
        GoLiveItem::ALL.iter().filter(is_missing).map(|item| item.as_str()).collect();
    if missing.is_empty() {
        return Finding::good("go-live", format!("{bot} may post to X: all is confirmed"));
    }
    let detail = format!("{bot} posts nothing to X: not confirmed: {}", missing.join(", "));
    Finding::bad("go-live", detail, format!("`flockwork go-live {bot}` says what to do"))
}

#[cfg(test)]
mod tests {
    use testkit::at;

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let bot = BotId::try_from("ada").unwrap();
        let said = |item: &GoLiveItem| GoLive {
            item: *item,
            who: "eve@host".to_owned(),
            at: at("2026-11-23T12:00:00Z"),
        };
        let all: Vec<GoLive> = GoLiveItem::ALL.iter().map(said).collect();
        assert_eq!(judge(&bot, &all).outcome, Outcome::Good);
        let some = judge(&bot, &all[..2]);
        assert_eq!(some.outcome, Outcome::Bad);
        assert!(
            some.detail.ends_with("not confirmed: human_account, spend_cap"),
            "{}",
            some.detail
        );
    }
}
