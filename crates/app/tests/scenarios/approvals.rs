//! What people say of posts reaches X only as they said it.

use domain::model::{ApprovalMode, Bot, PostId, SkipReason, SlotState};
use domain::ports::store::{
    ApprovalAct, ApprovalStore as _, BotStore as _, Draft, Edit, Edited, Said,
};
use domain::rules::review::review;
use jiff::SignedDuration;

use crate::world::{World, bot};

const HELLO: &str = "hello from the lighthouse";
const MENDED: &str = "good morning from the lighthouse, mended";

fn asking(name: &str) -> Bot {
    Bot { mode: ApprovalMode::Approval, ..bot(name) }
}

async fn drafts(world: &World) -> Vec<Draft> {
    world.db.list_drafts(None, 10).await.unwrap()
}

async fn approve(world: &World, post: PostId) -> Said {
    let reviewed = world.db.find_reviewed(post).await.unwrap().unwrap();
    let act = ApprovalAct { post, seen: reviewed.post.content, who: "eve@host".to_owned() };
    world.db.approve_post(&act, &reviewed.policy_hash, world.now()).await.unwrap()
}

async fn edit(world: &World, post: PostId, content: &str, is_approved: bool) -> Edited {
    let reviewed = world.db.find_reviewed(post).await.unwrap().unwrap();
    let verdict = review(content, &reviewed.policy);
    let edit = Edit {
        act: ApprovalAct { post, seen: reviewed.post.content, who: "eve@host".to_owned() },
        content: verdict.text,
        content_hash: verdict.content_hash,
        because: None,
        is_approved,
        reason: None,
    };
    world.db.edit_post(&edit, world.now()).await.unwrap()
}

#[tokio::test]
async fn nothing_goes_out_before_a_person_said_yes() {
    let world = World::new().await;
    world.given(asking("ada"), &[HELLO]).await;
    world.advance_to("2026-11-24T09:30:00Z").await;
    assert!(world.timeline("ada").is_empty());
    let waiting = drafts(&world).await;
    assert_eq!(
        approve(&world, waiting[0].post.id).await,
        Said::Done(domain::model::PostState::Queued)
    );
    world.advance_to("2026-11-25T09:00:10Z").await;
    assert_eq!(world.timeline("ada"), [HELLO]);
    world.finish().await;
}

#[tokio::test]
async fn an_edit_undoes_a_yes_and_a_new_one_sends_the_new_words() {
    let world = World::new().await;
    world.given(asking("ada"), &[HELLO]).await;
    let post = drafts(&world).await[0].post.id;
    approve(&world, post).await;
    // Her slot has it, a moment before it is due.
    world.advance_to("2026-11-23T08:59:30Z").await;
    edit(&world, post, MENDED, false).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Unapproved)]);
    assert!(world.timeline("ada").is_empty());
    assert_eq!(drafts(&world).await[0].post.content, MENDED);
    approve(&world, post).await;
    world.advance_to("2026-11-24T09:00:10Z").await;
    assert_eq!(world.timeline("ada"), [MENDED]);
    world.finish().await;
}

/// The node has claimed the slot, its intent is not stored yet, and a person edits the post.
#[tokio::test]
async fn an_edit_between_claim_and_intent_is_never_sent_unapproved() {
    let world = World::new().await;
    world.given(Bot { looks_first: true, ..asking("ada") }, &[HELLO]).await;
    let post = drafts(&world).await[0].post.id;
    approve(&world, post).await;
    world.advance_to("2026-11-23T08:59:59Z").await;
    world.clock.advance(SignedDuration::from_secs(2));
    let batch = world.engine.prepare(world.now(), world.engine.room()).await.unwrap();
    let edited = edit(&world, post, MENDED, false).await;
    assert!(matches!(edited, Edited::Said(Said::Done(_))), "{edited:?}");
    world.engine.deliver(batch).await.unwrap();
    world.advance_to("2026-11-23T09:05:00Z").await;
    assert!(world.timeline("ada").is_empty());
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Unapproved)]);
    world.finish().await;
}

/// From the intent on the bytes are fixed, and what is edited would be a lie.
#[tokio::test]
async fn an_edit_during_a_send_comes_too_late() {
    let world = World::new().await;
    world.given(asking("ada"), &[HELLO]).await;
    let post = drafts(&world).await[0].post.id;
    approve(&world, post).await;
    world.advance_to("2026-11-23T08:59:59Z").await;
    world.clock.advance(SignedDuration::from_secs(2));
    let batch = world.engine.prepare(world.now(), world.engine.room()).await.unwrap();
    let edited = edit(&world, post, MENDED, true).await;
    assert!(matches!(edited, Edited::Said(Said::TooLate(_))), "{edited:?}");
    world.engine.deliver(batch).await.unwrap();
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), [HELLO]);
    assert_eq!(world.states("ada").await, [SlotState::Posted]);
    world.finish().await;
}

#[tokio::test]
async fn another_policy_undoes_a_yes_that_a_slot_holds() {
    let world = World::new().await;
    let mut ada = asking("ada");
    world.given(ada.clone(), &[HELLO]).await;
    let post = drafts(&world).await[0].post.id;
    approve(&world, post).await;
    world.advance_to("2026-11-23T08:59:30Z").await;
    ada.persona.policy.banned_words = vec!["lighthouse".to_owned()];
    world.db.sync_bots(&[ada], &[], world.now()).await.unwrap();
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert!(world.timeline("ada").is_empty());
    assert_eq!(world.states("ada").await, [SlotState::Skipped(SkipReason::Unapproved)]);
    assert_eq!(drafts(&world).await[0].post.id, post);
    world.finish().await;
}

/// A restore forgets the yes and the send: what X shows is published all the same, and no second yes
/// sends it twice.
#[tokio::test]
async fn a_draft_that_x_shows_after_a_restore_is_published_and_not_sent_again() {
    let world = World::new().await;
    world.given(asking("ada"), &[HELLO]).await;
    let backup = world.back_up();
    let post = drafts(&world).await[0].post.id;
    approve(&world, post).await;
    world.advance_to("2026-11-23T09:01:00Z").await;
    assert_eq!(world.timeline("ada"), [HELLO]);
    let world = world.restore(&backup).await;
    approve(&world, post).await;
    world.advance_to("2026-11-24T09:30:00Z").await;
    assert_eq!(world.timeline("ada"), [HELLO]);
    world.finish().await;
}

#[tokio::test]
async fn a_draft_that_nobody_reads_expires_and_says_so() {
    let world = World::new().await;
    world.given(asking("ada"), &[HELLO]).await;
    let post = drafts(&world).await[0].post.id;
    world.advance_to("2026-11-30T07:59:00Z").await;
    assert_eq!(drafts(&world).await.len(), 1);
    world.advance_to("2026-11-30T08:15:00Z").await;
    assert!(drafts(&world).await.is_empty());
    let reviewed = world.db.find_reviewed(post).await.unwrap().unwrap();
    let said = reviewed.approvals[0].reason.as_deref();
    assert_eq!(said, Some("nobody approved it within 7 days"));
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

/// A bot that asks a person is not written for without end while nobody answers.
#[tokio::test]
async fn its_queue_is_full_of_drafts_and_no_fuller() {
    let world = World::new().await;
    let mut ada = asking("ada");
    ada.queue = domain::model::QueueLimits { low_water: 3, high_water: 6, batch: 4 };
    world.given(ada, &[]).await;
    world.advance_to("2026-11-23T20:00:00Z").await;
    let waiting = drafts(&world).await.len();
    assert!((3..=6).contains(&waiting), "{waiting}");
    assert!(world.timeline("ada").is_empty());
    world.finish().await;
}

/// The yes that let it out is lost with the history; the text on X is not.
#[tokio::test]
async fn a_draft_that_was_sent_before_a_restore_is_known_again() {
    let world = World::new().await;
    let hourly = Bot { schedules: vec![testkit::schedule("0 * * * *")], ..asking("ada") };
    world.given(hourly, &[HELLO, MENDED]).await;
    let posts: Vec<PostId> = drafts(&world).await.iter().map(|draft| draft.post.id).collect();
    let backup = world.back_up();
    approve(&world, posts[0]).await;
    world.advance_to("2026-11-23T09:00:30Z").await;
    assert_eq!(world.timeline("ada"), [HELLO]);

    let world = world.restore(&backup).await;
    assert_eq!(drafts(&world).await.len(), 2, "the copy knows nothing of it");
    approve(&world, posts[1]).await;
    world.advance_to("2026-11-23T12:30:00Z").await;
    assert_eq!(world.timeline("ada"), [HELLO, MENDED]);
    assert!(drafts(&world).await.is_empty());
    assert!(matches!(approve(&world, posts[0]).await, Said::TooLate(_)));
    // Its slot was of the time that is lost, so only the receipt tells of it.
    assert_eq!(world.number("SELECT count(*) FROM receipts").await, 2);
    world.db.close().await;
}
