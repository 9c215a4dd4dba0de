//! The sandbox as a page shows it: its timelines, and the troubles that a person can order.

use std::sync::Arc;

use domain::model::XPostId;
use domain::ports::{Sandbox, SandboxPost, Trouble};

use crate::faults::{FaultOrder, ModelFault, ReadFault, SendFault};
use crate::{StoredPost, World};

/// How much later a late post is taken: longer than a look, shorter than the time lapse's last vote.
const LATE_SECS: u32 = 4;
/// When the window of a refused post starts anew.
const WINDOW_SECS: i64 = 20;
/// Lost answers that are remembered for the page.
const HIDDEN_MAX: usize = 500;

/// The page's view of a world.
#[derive(Clone)]
pub struct SandboxStage {
    world: Arc<World>,
}

impl SandboxStage {
    /// A view of `world`.
    pub fn new(world: Arc<World>) -> Self {
        Self { world }
    }
}

impl Sandbox for SandboxStage {
    fn accounts(&self) -> Vec<String> {
        let accounts = self.world.list_accounts();
        accounts.iter().map(|account| account.username().to_owned()).collect()
    }

    fn posts(&self, account: Option<&str>, max: usize) -> Vec<SandboxPost> {
        let names = account.map_or_else(|| self.accounts(), |account| vec![account.to_owned()]);
        let now = self.world.now();
        let hidden = self.world.hidden_ids(HIDDEN_MAX);
        let show = |account: &str, post: StoredPost| SandboxPost {
            account: account.to_owned(),
            is_shown: post.visible_at <= now,
            was_hidden: hidden.contains(post.id.as_str()),
            text: post.text,
            at: post.at,
            id: post.id,
        };
        let of = |name: &String| {
            let posts = self.world.posts(name, max);
            posts.into_iter().map(|post| show(name, post)).collect::<Vec<_>>()
        };
        let mut posts: Vec<SandboxPost> = names.iter().flat_map(of).collect();
        posts.sort_by(|a, b| b.id.cmp(&a.id));
        posts.truncate(max);
        posts
    }

    fn troubles(&self) -> Vec<Trouble> {
        let is_on = |trouble: &Trouble| {
            orders(*trouble, None).iter().any(|order| self.world.holds_order(order))
        };
        Trouble::ALL.into_iter().filter(is_on).collect()
    }

    fn order(&self, trouble: Trouble, account: Option<&str>) {
        self.end(trouble);
        for order in orders(trouble, account) {
            self.world.order(order);
        }
    }

    fn end(&self, trouble: Trouble) {
        for order in orders(trouble, None) {
            self.world.cancel(&order);
        }
    }

    fn post_by_hand(&self, account: &str, text: &str) -> Option<XPostId> {
        self.world.post_by_hand(account, text)
    }

    fn remove_post(&self, account: &str, id: &XPostId) -> bool {
        self.world.remove_post(account, id)
    }
}

/// The faults that a trouble is made of.
fn orders(trouble: Trouble, account: Option<&str>) -> Vec<FaultOrder> {
    let times = if trouble.is_standing() { u32::MAX } else { 1 };
    let account = || account.map(str::to_owned);
    let send = |fault| FaultOrder::Send { fault, account: account(), times };
    let timeline = |fault| FaultOrder::Timeline { fault, account: account(), times };
    let model = |fault| FaultOrder::Model { fault, times };
    let status = 503;
    match trouble {
        Trouble::LostAnswer => vec![send(SendFault::AcceptThenClose)],
        Trouble::LostRequest => vec![send(SendFault::CloseBeforeAccept)],
        Trouble::LateAccept => vec![send(SendFault::LateAccept { secs: LATE_SECS })],
        Trouble::FalseError => vec![send(SendFault::AcceptThenStatus { status })],
        Trouble::BrokenAnswer => vec![send(SendFault::BrokenJson)],
        Trouble::RateLimited => {
            vec![send(SendFault::RateLimited { reset_secs: Some(WINDOW_SECS) })]
        }
        Trouble::Forbidden => vec![send(SendFault::NotPermitted)],
        Trouble::XAway => vec![
            send(SendFault::StatusBeforeAccept { status }),
            timeline(ReadFault::Status { status }),
        ],
        Trouble::EmptyTimelines => vec![timeline(ReadFault::EmptyPage)],
        Trouble::ModelRubbish => vec![model(ModelFault::Garbage)],
        Trouble::ModelRepeats => vec![model(ModelFault::Duplicates)],
        Trouble::ModelAway => vec![model(ModelFault::Status { status })],
    }
}

#[cfg(test)]
mod tests {
    use domain::model::BotId;
    use testkit::{TestClock, at};

    use super::*;

    fn stage() -> (SandboxStage, Arc<World>) {
        let clock = TestClock::at(at("2026-11-23T09:00:00Z"));
        let world = World::calm(Arc::new(clock));
        (SandboxStage::new(Arc::clone(&world)), world)
    }

    #[test]
    fn a_trouble_is_there_until_it_happened_or_is_ended() {
        let (stage, _) = stage();
        for trouble in Trouble::ALL {
            assert!(!stage.troubles().contains(&trouble), "{trouble:?}");
            stage.order(trouble, None);
            stage.order(trouble, Some("ada"));
            assert!(stage.troubles().contains(&trouble), "{trouble:?}");
            stage.end(trouble);
            assert_eq!(stage.troubles(), [], "{trouble:?}");
        }
    }

    #[test]
    fn timelines_are_told_in_one_order() {
        let (stage, world) = stage();
        let ada = BotId::try_from("ada").unwrap();
        for (account, text) in [(ada.as_str(), "one"), ("bob", "two"), (ada.as_str(), "three")] {
            world.account(account).unwrap();
            stage.post_by_hand(account, text).unwrap();
        }
        assert_eq!(stage.accounts(), ["ada", "bob"]);
        let texts = |account| {
            let posts = stage.posts(account, 2);
            posts.into_iter().map(|post| post.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(None), ["three", "two"]);
        assert_eq!(texts(Some("ada")), ["three", "one"]);
        let newest = stage.posts(None, 1).remove(0);
        assert!(newest.is_shown && !newest.was_hidden);
        assert!(stage.remove_post("ada", &newest.id));
        assert!(!stage.remove_post("ada", &newest.id));
    }
}
