//! What people say of posts: every act, what undoes it, and that the database itself lets nothing
//! unapproved on its way, whoever asks.

use domain::model::{
    ApprovalMode, ApprovalVerdict, Bot, Consent, ContentHash, PayloadHash, Policy, PostId,
    PostState, SkipReason, SlotState,
};
use domain::ports::store::{
    ApprovalAct, ApprovalStore, AttemptStore, BotStore, DueSlot, Edit, Edited, NewPost, PostMove,
    PostStore, Rejection, ReviewedPost, Said, StoredPost,
};

use crate::steps::{
    assign_all, claim_all, id, intent, lease, moved, new_post, nine, plan, post_state, posted,
    remaining, secs, send_all, settle, start, state,
};
use crate::world::{World, on_both};

const HELLO: &str = "Fog since four, and the horn every thirty seconds.";
const MENDED: &str = "Fog since five, and the horn every thirty seconds.";

fn bot(name: &str, mode: ApprovalMode) -> Bot {
    Bot { mode, ..testkit::bot(name) }
}

async fn declare(world: &World, bot: &Bot) {
    world.db.sync_bots(std::slice::from_ref(bot), &[], start()).await.unwrap();
}

async fn store(world: &World, text: &str, consent: Consent) -> StoredPost {
    let post = NewPost { consent, ..new_post("ada", text, None) };
    world.db.store_posts(&[post], start()).await.unwrap().remove(0)
}

/// A draft of Ada, who asks a person each time.
async fn draft(world: &World, text: &str) -> PostId {
    declare(world, &bot("ada", ApprovalMode::Approval)).await;
    match store(world, text, Consent::ByMode).await {
        StoredPost::Draft(id) => id,
        other => panic!("{other:?}"),
    }
}

fn act(post: PostId, seen: &str) -> ApprovalAct {
    ApprovalAct { post, seen: seen.to_owned(), who: "eve@host".to_owned() }
}

fn edit(post: PostId, seen: &str, content: &str) -> Edit {
    Edit {
        act: act(post, seen),
        content: content.to_owned(),
        content_hash: ContentHash::of_normal_form(content),
        because: None,
        is_approved: false,
        reason: None,
    }
}

fn rejection(post: PostId, seen: &str, reason: &str) -> Rejection {
    Rejection { act: act(post, seen), reason: reason.to_owned() }
}

async fn approve(world: &World, post: PostId, seen: &str) -> Said {
    let policy = reviewed(world, post).await.policy_hash;
    world.db.approve_post(&act(post, seen), &policy, start()).await.unwrap()
}

async fn reviewed(world: &World, post: PostId) -> ReviewedPost {
    world.db.find_reviewed(post).await.unwrap().expect("it is there")
}

async fn drafts(world: &World) -> i64 {
    let counted = world.number("SELECT draft_posts FROM bot_stats WHERE bot_id = 'ada'").await;
    let real = world.number("SELECT count(*) FROM posts WHERE state = 'draft'").await;
    assert_eq!(counted, real, "the counter has drifted");
    counted
}

/// Ada's slot at nine, claimed with whatever her queue has.
async fn claim(world: &World) -> DueSlot {
    plan(world, nine()).await;
    assert_eq!(assign_all(world, nine()).await.len(), 1);
    let fence = lease(world, nine()).await.fence;
    claim_all(&world.db, nine(), fence, 10).await.remove(0)
}

async fn a_post_waits_for_a_person_where_its_bot_or_a_rule_says_so(world: &World) {
    let given = |needs_person| Consent::Given { who: "eve@host".to_owned(), needs_person };
    let needs = || Consent::NeedsPerson { because: "human: says it is one".to_owned() };
    for (mode, consent, is_draft) in [
        (ApprovalMode::Auto, Consent::ByMode, false),
        (ApprovalMode::Auto, needs(), true),
        (ApprovalMode::Auto, given(true), false),
        (ApprovalMode::Approval, Consent::ByMode, true),
        (ApprovalMode::Approval, needs(), true),
        (ApprovalMode::Approval, given(false), false),
        (ApprovalMode::Risk, Consent::ByMode, false),
        (ApprovalMode::Risk, needs(), true),
        (ApprovalMode::Risk, given(true), false),
    ] {
        declare(world, &bot("ada", mode)).await;
        let text = format!("{mode:?} {consent:?}");
        let stored = store(world, &text, consent.clone()).await;
        let (StoredPost::Draft(post) | StoredPost::Queued(post)) = stored else {
            panic!("{stored:?}")
        };
        assert_eq!(matches!(stored, StoredPost::Draft(_)), is_draft, "{text}");
        let one = reviewed(world, post).await;
        assert_eq!(one.is_unapproved, is_draft, "{text}");
        let because = matches!(consent, Consent::NeedsPerson { .. })
            .then(|| "human: says it is one".to_owned());
        assert_eq!(one.because, because, "{text}");
        let is_given = matches!(consent, Consent::Given { .. });
        assert_eq!(one.approvals.len(), usize::from(is_given), "{text}");
    }
    drafts(world).await;
    remaining(world, "ada").await;
}

/// What X may have must stay findable by its text.
async fn no_text_changes_while_its_bots_history_is_in_doubt(world: &World) {
    let post = draft(world, HELLO).await;
    world.execute("UPDATE bots SET distrusted_since = 1").await;
    let other = edit(post, HELLO, MENDED);
    let edited = world.db.edit_post(&other, start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::InDoubt));
    let no = rejection(post, HELLO, "dull");
    assert_eq!(world.db.reject_post(&no, start()).await.unwrap(), Said::InDoubt);
    let long_ago = start() + secs(1);
    assert_eq!(world.db.expire_drafts(long_ago, "nobody said", 10, start()).await.unwrap(), 0);
    assert_eq!(reviewed(world, post).await.post.content, HELLO);
    world.execute("UPDATE bots SET distrusted_since = NULL").await;
    // A copy that was put back, before a node starts on it.
    world.execute("INSERT INTO meta (key, value) VALUES ('history_lost_since', '1')").await;
    let edited = world.db.edit_post(&other, start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::InDoubt));
    world.execute("DELETE FROM meta WHERE key = 'history_lost_since'").await;
    let edited = world.db.edit_post(&other, start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Draft)));
}

async fn a_yes_queues_exactly_these_bytes(world: &World) {
    let post = draft(world, HELLO).await;
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (1, 0));
    let waiting = world.db.list_drafts(Some(&id("ada")), 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].post.id, waiting[0].since), (post, start()));
    assert_eq!((waiting[0].needs_person, &waiting[0].because), (false, &None));
    assert_eq!(world.db.list_drafts(None, 10).await.unwrap(), waiting);
    assert_eq!(world.db.list_drafts(Some(&id("bob")), 10).await.unwrap(), []);
    assert_eq!(world.db.count_drafts(10).await.unwrap(), [(id("ada"), 1)]);

    assert_eq!(approve(world, post, MENDED).await, Said::Changed);
    let other = Policy { max_length: 100, ..Policy::default() }.hash();
    let foreign = world.db.approve_post(&act(post, HELLO), &other, start()).await.unwrap();
    assert_eq!(foreign, Said::Changed);
    assert_eq!(reviewed(world, post).await.approvals, []);

    assert_eq!(approve(world, post, HELLO).await, Said::Done(PostState::Queued));
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (0, 1));
    let one = reviewed(world, post).await;
    assert!(!one.is_unapproved);
    assert_eq!(one.policy, Policy::default());
    let said = &one.approvals[0];
    assert_eq!((said.verdict, said.who.as_str()), (ApprovalVerdict::Approved, "eve@host"));
    assert_eq!(said.payload_hash, PayloadHash::of(HELLO));
    assert_eq!((said.at, &said.reason), (start(), &None));
    let due = claim(world).await;
    assert!(!due.is_unapproved);
    assert_eq!(world.db.begin_attempts(&[intent(&due, nine())], nine()).await.unwrap().len(), 1);
    assert_eq!(approve(world, post, HELLO).await, Said::Done(PostState::Assigned));
    let nobody = PostId(999);
    let policy = Policy::default().hash();
    let said = world.db.approve_post(&act(nobody, HELLO), &policy, start()).await.unwrap();
    assert_eq!(said, Said::NoPost);
    assert_eq!(world.db.find_reviewed(nobody).await.unwrap(), None);
}

async fn an_edit_undoes_it_and_makes_the_post_like_its_new_text(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    let edited = world.db.edit_post(&edit(post, HELLO, MENDED), start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Draft)));
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (1, 0));
    let one = reviewed(world, post).await;
    assert!(one.is_unapproved);
    assert_eq!(one.post.content, MENDED);
    let verdicts: Vec<_> = one.approvals.iter().map(|said| said.verdict).collect();
    assert_eq!(verdicts, [ApprovalVerdict::Approved, ApprovalVerdict::Edited]);

    let alike = world.db.list_alike(&[MENDED]).await.unwrap().remove(0);
    assert_eq!(alike.len(), 1);
    assert_eq!((alike[0].id, alike[0].text.as_str()), (post, MENDED));
    let bands = world.number("SELECT count(*) FROM post_bands").await;
    assert_eq!(bands, i64::try_from(domain::rules::review::BANDS).unwrap(), "and no old ones");

    let again = world.db.edit_post(&edit(post, HELLO, "other"), start()).await.unwrap();
    assert_eq!(again, Edited::Said(Said::Changed), "somebody was faster");
    let doubtful = Edit { because: Some("human: again".to_owned()), ..edit(post, MENDED, "third") };
    world.db.edit_post(&doubtful, start()).await.unwrap();
    let waiting = world.db.list_drafts(None, 10).await.unwrap().remove(0);
    assert_eq!((waiting.needs_person, waiting.because.as_deref()), (true, Some("human: again")));
    let back = world.db.edit_post(&edit(post, "third", MENDED), start()).await.unwrap();
    assert_eq!(back, Edited::Said(Said::Done(PostState::Draft)));
    assert_eq!(reviewed(world, post).await.because, None);
    let yes = Edit { is_approved: true, ..edit(post, MENDED, HELLO) };
    let edited = world.db.edit_post(&yes, start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Queued)));
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (0, 1));
}

async fn a_text_that_another_post_has_is_no_edit(world: &World) {
    let post = draft(world, HELLO).await;
    let StoredPost::Draft(of) = store(world, "something else", Consent::ByMode).await else {
        panic!("a draft")
    };
    let edited = world.db.edit_post(&edit(post, HELLO, "something else"), start()).await.unwrap();
    assert_eq!(edited, Edited::Duplicate { of, bot: id("ada") });
    assert_eq!(reviewed(world, post).await.post.content, HELLO);
    // Its own text in other capitals is its own.
    let own = Edit {
        content_hash: ContentHash::of_normal_form(HELLO),
        ..edit(post, HELLO, "FOG since four, and the horn every thirty seconds.")
    };
    let edited = world.db.edit_post(&own, start()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Draft)));
}

/// The edit comes while a node has the slot in its hands: what it read is not sent.
async fn an_edit_between_claim_and_intent_keeps_both_texts_from_x(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    let due = claim(world).await;
    let edited = world.db.edit_post(&edit(post, HELLO, MENDED), nine()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Assigned)));
    let old = intent(&due, nine());
    let mut new = old.clone();
    MENDED.clone_into(&mut new.payload);
    new.payload_hash = PayloadHash::of(MENDED);
    assert!(world.db.begin_attempts(&[old], nine()).await.unwrap().is_empty(), "not its text");
    assert!(world.db.begin_attempts(&[new], nine()).await.unwrap().is_empty(), "not approved");

    let skipped = SlotState::Skipped(SkipReason::Unapproved);
    settle(world, &[moved(&due, skipped, PostMove::BackToDraft)]).await;
    assert_eq!(state(world, due.slot).await, "skipped/unapproved");
    assert_eq!(post_state(world, post).await, "draft");
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (1, 0));
}

/// Where it asks nobody, an edit of what a slot holds goes out as it is now.
async fn an_edit_before_the_claim_is_what_goes_out(world: &World) {
    declare(world, &bot("ada", ApprovalMode::Auto)).await;
    let StoredPost::Queued(post) = store(world, HELLO, Consent::ByMode).await else {
        panic!("queued")
    };
    plan(world, nine()).await;
    assign_all(world, nine()).await;
    let edited = world.db.edit_post(&edit(post, HELLO, MENDED), nine()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::Done(PostState::Assigned)));
    let fence = lease(world, nine()).await.fence;
    let sent = send_all(&world.db, nine(), fence, 10).await.remove(0);
    assert_eq!(sent.0.text, MENDED);
    // From here on nobody changes a word.
    let late = edit(post, MENDED, HELLO);
    {
        let edited = world.db.edit_post(&late, nine()).await.unwrap();
        assert_eq!(edited, Edited::Said(Said::TooLate(PostState::Assigned)));
    }
    let no = world.db.reject_post(&rejection(post, MENDED, "no"), nine()).await.unwrap();
    assert_eq!(no, Said::TooLate(PostState::Assigned));
    settle(world, &[posted(&sent, "10")]).await;
    let edited = world.db.edit_post(&edit(post, MENDED, HELLO), nine()).await.unwrap();
    assert_eq!(edited, Edited::Said(Said::TooLate(PostState::Published)));
}

async fn another_policy_or_mode_undoes_every_yes(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    let ada = bot("ada", ApprovalMode::Approval);
    // What the persona is told is no policy.
    let mut other = ada.clone();
    "stern".clone_into(&mut other.persona.tone);
    declare(world, &other).await;
    assert_eq!(post_state(world, post).await, "queued");
    other.persona.policy.banned_words = vec!["horn".to_owned()];
    declare(world, &other).await;
    assert_eq!(post_state(world, post).await, "draft");
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (1, 0));
    assert!(reviewed(world, post).await.is_unapproved);
    approve(world, post, HELLO).await;
    assert_eq!(post_state(world, post).await, "queued");

    // What nobody was asked about waits once its bot asks.
    declare(world, &bot("ada", ApprovalMode::Auto)).await;
    let StoredPost::Queued(free) = store(world, "nobody asked", Consent::ByMode).await else {
        panic!("queued")
    };
    declare(world, &other).await;
    assert_eq!(post_state(world, free).await, "draft");
    assert_eq!(post_state(world, post).await, "queued", "approved under this very policy");
}

/// The policy changes while a slot holds the post: it is not sent, and the claim says so.
async fn another_policy_reaches_what_a_slot_holds(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    let due = claim(world).await;
    let mut other = bot("ada", ApprovalMode::Approval);
    other.persona.policy.max_length = 200;
    world.db.sync_bots(&[other], &[], nine()).await.unwrap();
    assert!(world.db.begin_attempts(&[intent(&due, nine())], nine()).await.unwrap().is_empty());
    settle(world, &[moved(&due, SlotState::Assigned, PostMove::Keep)]).await;
    world.execute(&format!("UPDATE slots SET wake_at = due_at WHERE id = {}", due.slot.0)).await;
    let again = claim_all(&world.db, nine() + secs(1), due.fence, 10).await.remove(0);
    assert!(again.is_unapproved);
}

async fn a_no_takes_a_post_away_and_leaves_room_for_better_words(world: &World) {
    let post = draft(world, HELLO).await;
    let no = rejection(post, HELLO, "it was five, not four");
    assert_eq!(
        world.db.reject_post(&rejection(post, MENDED, "no"), start()).await.unwrap(),
        Said::Changed
    );
    assert_eq!(world.db.reject_post(&no, start()).await.unwrap(), Said::Done(PostState::Rejected));
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (0, 0));
    assert_eq!(
        world.db.reject_post(&no, start()).await.unwrap(),
        Said::TooLate(PostState::Rejected)
    );
    assert!(world.db.list_alike(&[MENDED]).await.unwrap()[0].is_empty());
    let again = store(world, HELLO, Consent::ByMode).await;
    assert!(matches!(again, StoredPost::Duplicate { .. }), "the very text never comes back");
    assert_eq!(approve(world, post, HELLO).await, Said::TooLate(PostState::Rejected));

    let StoredPost::Draft(other) = store(world, "another", Consent::ByMode).await else {
        panic!("a draft")
    };
    for (post, text, reason) in [(other, "another", "too dry")] {
        world.db.reject_post(&rejection(post, text, reason), start()).await.unwrap();
    }
    let reasons = world.db.list_rejections(&id("ada")).await.unwrap();
    assert_eq!(reasons, ["too dry", "it was five, not four"]);
    assert!(world.db.list_rejections(&id("bob")).await.unwrap().is_empty());
}

async fn a_no_frees_the_slot_that_holds_the_post(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    plan(world, nine()).await;
    let slot = assign_all(world, nine()).await[0];
    let no = world.db.reject_post(&rejection(post, HELLO, "no"), nine()).await.unwrap();
    assert_eq!(no, Said::Done(PostState::Rejected));
    assert_eq!(state(world, slot).await, "planned");
    assert_eq!((drafts(world).await, remaining(world, "ada").await), (0, 0));
    assert_eq!(world.number("SELECT count(*) FROM slots WHERE post_id IS NOT NULL").await, 0);
    // And takes another one.
    let yes = Consent::Given { who: "eve@host".to_owned(), needs_person: false };
    store(world, "better", yes).await;
    assert_eq!(assign_all(world, nine()).await, [slot]);
}

async fn drafts_expire_with_a_reason_oldest_first(world: &World) {
    let old = draft(world, HELLO).await;
    let young = NewPost { ..new_post("ada", "young", None) };
    world.db.store_posts(&[young], start() + secs(10)).await.unwrap();
    let before = start() + secs(5);
    let why = "nobody approved it within 7 days";
    assert_eq!(world.db.expire_drafts(start(), why, 10, before).await.unwrap(), 0);
    assert_eq!(world.db.expire_drafts(before, why, 10, before).await.unwrap(), 1);
    assert_eq!(world.db.expire_drafts(before, why, 10, before).await.unwrap(), 0);
    assert_eq!(post_state(world, old).await, "rejected");
    assert_eq!(drafts(world).await, 1);
    let said = reviewed(world, old).await.approvals.remove(0);
    assert_eq!((said.verdict, said.reason.as_deref()), (ApprovalVerdict::Expired, Some(why)));
    assert_eq!(said.who, "flockwork");
    assert!(world.db.list_rejections(&id("ada")).await.unwrap().is_empty(), "nobody said no");
}

/// Neither the program nor a person with SQL of their own gets past it.
async fn the_database_refuses_an_attempt_that_nobody_approved(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    let due = claim(world).await;
    let insert = |state: &str, text: &str| {
        format!(
            "INSERT INTO attempts (slot_id, bot_id, post_id, number, fence, state, payload,
                payload_hash, first_intent_at, intent_at, send_by, closed_at, updated_at)
             VALUES ({}, 'ada', {}, 1, 1, '{state}', '{text}', 'hash', 0, 0, 0, 0, 0)",
            due.slot.0, post.0
        )
    };
    let refused = |outcome: Result<(), sqlx::Error>| {
        let error = outcome.expect_err("it must be refused").to_string();
        assert!(error.contains("unapproved"), "{error}");
    };
    refused(world.try_execute(&insert("sending", MENDED)).await);
    for undo in [
        "UPDATE posts SET content = 'other bytes'",
        "UPDATE bot_configs SET policy_hash = 'another policy'",
        "INSERT INTO approvals (post_id, bot_id, verdict, content, payload_hash, policy_hash, who, at,
            reason) SELECT post_id, bot_id, 'rejected', content, payload_hash, policy_hash, who, at,
            'no' FROM approvals",
    ] {
        let before = world
            .words("SELECT content || '|' || (SELECT policy_hash FROM bot_configs) FROM posts")
            .await
            .remove(0);
        world.execute(undo).await;
        refused(world.try_execute(&insert("sending", HELLO)).await);
        refused(world.try_execute(&insert("sending", "other bytes")).await);
        let (content, policy) = before.split_once('|').unwrap();
        world.execute(&format!("UPDATE posts SET content = '{content}'")).await;
        world.execute(&format!("UPDATE bot_configs SET policy_hash = '{policy}'")).await;
    }
    // What is over may be stored, but nothing becomes an intent afterwards.
    world.execute(&insert("refused", HELLO)).await;
    for later in [
        "UPDATE attempts SET state = 'sending'",
        "UPDATE attempts SET state = 'sending', payload = 'other bytes'",
    ] {
        refused(world.try_execute(later).await);
    }
    world.execute("DELETE FROM attempts").await;
    // The newest word is a no. After a yes the same row stands, and its bytes stay as they are.
    approve(world, post, HELLO).await;
    world.execute(&insert("sending", HELLO)).await;
    refused(world.try_execute("UPDATE attempts SET payload = 'other bytes'").await);
}

/// What was said stays said.
async fn what_was_said_is_only_ever_appended_to(world: &World) {
    let post = draft(world, HELLO).await;
    approve(world, post, HELLO).await;
    for change in [
        "UPDATE approvals SET content = 'other bytes'",
        "UPDATE approvals SET verdict = 'rejected', reason = 'no'",
        "DELETE FROM approvals",
    ] {
        let error = world.try_execute(change).await.expect_err("it must be refused").to_string();
        assert!(error.contains("only ever appended to"), "{error}");
    }
}

/// A queue whose drafts nobody reads is full: nothing is written for it.
async fn drafts_count_when_a_queue_is_filled(world: &World) {
    let mut ada = bot("ada", ApprovalMode::Approval);
    ada.queue.low_water = 2;
    declare(world, &ada).await;
    let fence = lease(world, start()).await.fence;
    let refills = world.db.take_refills(start(), fence, 10).await.unwrap();
    assert_eq!((refills.len(), refills[0].remaining), (1, 0));
    assert_eq!(refills[0].mode, ApprovalMode::Approval);
    world.execute("UPDATE bot_stats SET refill_not_before = 0").await;
    store(world, "one", Consent::ByMode).await;
    assert_eq!(world.db.take_refills(start(), fence, 10).await.unwrap()[0].remaining, 1);
    world.execute("UPDATE bot_stats SET refill_not_before = 0").await;
    store(world, "two", Consent::ByMode).await;
    assert!(world.db.take_refills(start(), fence, 10).await.unwrap().is_empty());
}

on_both! {
    a_post_waits_for_a_person_where_its_bot_or_a_rule_says_so,
    no_text_changes_while_its_bots_history_is_in_doubt,
    a_yes_queues_exactly_these_bytes,
    an_edit_undoes_it_and_makes_the_post_like_its_new_text,
    a_text_that_another_post_has_is_no_edit,
    an_edit_between_claim_and_intent_keeps_both_texts_from_x,
    an_edit_before_the_claim_is_what_goes_out,
    another_policy_or_mode_undoes_every_yes,
    another_policy_reaches_what_a_slot_holds,
    a_no_takes_a_post_away_and_leaves_room_for_better_words,
    a_no_frees_the_slot_that_holds_the_post,
    drafts_expire_with_a_reason_oldest_first,
    the_database_refuses_an_attempt_that_nobody_approved,
    what_was_said_is_only_ever_appended_to,
    drafts_count_when_a_queue_is_filled,
}
