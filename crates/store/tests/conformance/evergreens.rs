//! Evergreen stock: outside every queue, used when one is empty, in order, and once.

use domain::model::{ApprovalMode, Bot, Consent, EvergreenId, Policy, PostState};
use domain::ports::store::{
    ApprovalStore, BotStore, Evergreen, EvergreenStore, KeptEvergreen, NewPost, PostStore,
    StoredPost,
};

use crate::steps::{declare, id, new_post, nine, plan, queue, remaining, start};
use crate::world::{World, on_both};

const LAMP: &str = "The lamp was lit for the first time in 1871, with oil from two whales.";
const GULLS: &str = "Gulls know the timetable of the ferry better than its captain.";
const ROCKS: &str = "Nobody has counted the rocks off the point, but every skipper knows one more.";

async fn keep(world: &World, posts: &[NewPost]) -> Vec<KeptEvergreen> {
    world.db.keep_evergreens(posts, start()).await.unwrap()
}

async fn kept(world: &World, bot: &str, text: &str) -> EvergreenId {
    match keep(world, &[new_post(bot, text, Some("ships"))]).await.remove(0) {
        KeptEvergreen::Kept(id) => id,
        other => panic!("{text} is not new: {other:?}"),
    }
}

async fn next(world: &World, bots: &[&str]) -> Vec<Evergreen> {
    let bots: Vec<_> = bots.iter().map(|bot| id(bot)).collect();
    world.db.next_evergreens(&bots).await.unwrap()
}

async fn stock(world: &World, bot: &str) -> Vec<EvergreenId> {
    let stock = world.db.list_evergreens(&id(bot), None, 10).await.unwrap();
    stock.into_iter().map(|one| one.id).collect()
}

/// Its counter, which must be what is counted.
async fn queued(world: &World, bot: &str) -> i64 {
    let counted = remaining(world, bot).await;
    let sql = format!("SELECT count(*) FROM posts WHERE bot_id = '{bot}' AND state = 'queued'");
    assert_eq!(counted, world.number(&sql).await, "the counter has drifted");
    counted
}

async fn what_is_kept_aside_is_no_queue(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let (lamp, gulls) = (kept(world, "ada", LAMP).await, kept(world, "ada", GULLS).await);
    assert_eq!(queued(world, "ada").await, 0);
    assert!(world.db.list_queue(&id("ada"), 10).await.unwrap().is_empty());
    assert_eq!(world.number("SELECT count(*) FROM posts").await, 0);
    assert_eq!(stock(world, "ada").await, [lamp, gulls]);
    assert!(stock(world, "bob").await.is_empty());
    let one = world.db.list_evergreens(&id("ada"), None, 1).await.unwrap().remove(0);
    assert_eq!((one.content.as_str(), one.topic.as_deref()), (LAMP, Some("ships")));
    assert_eq!((one.bot, one.created_at, one.is_ready), (id("ada"), start(), true));
    assert!(keep(world, &[]).await.is_empty());
    assert!(next(world, &[]).await.is_empty());
}

async fn a_text_is_kept_once_and_only_where_no_post_has_it(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let post = queue(world, "ada", LAMP, None).await;
    let texts = [LAMP, GULLS, GULLS, ROCKS].map(|text| new_post("bob", text, None));
    let answers = keep(world, &texts).await;
    assert_eq!(answers[0], KeptEvergreen::SameAsPost { of: post, bot: id("ada") });
    let KeptEvergreen::Kept(gulls) = answers[1] else { panic!("{answers:?}") };
    let same = KeptEvergreen::SameAsEvergreen { of: gulls, bot: id("bob") };
    assert_eq!(answers[2], same);
    assert!(matches!(answers[3], KeptEvergreen::Kept(_)), "{answers:?}");
    assert_eq!(keep(world, &[new_post("ada", GULLS, None)]).await, [same]);

    assert!(world.db.drop_evergreen(gulls, "a person took it away", start()).await.unwrap());
    assert!(!world.db.drop_evergreen(gulls, "again", start()).await.unwrap());
    assert!(!world.db.drop_evergreen(EvergreenId(999), "never", start()).await.unwrap());
    assert!(matches!(
        keep(world, &[new_post("ada", GULLS, None)]).await[..],
        [KeptEvergreen::Kept(_)]
    ));
}

async fn the_oldest_goes_out_when_the_queue_is_empty_and_each_once(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let (lamp, gulls) = (kept(world, "ada", LAMP).await, kept(world, "ada", GULLS).await);
    let rocks = kept(world, "bob", ROCKS).await;
    let ids = |stock: &[Evergreen]| stock.iter().map(|one| one.id).collect::<Vec<_>>();
    let first = next(world, &["ada", "bob"]).await;
    assert_eq!(ids(&first), [lamp, rocks]);

    let Some(StoredPost::Queued(post)) = world.db.use_evergreen(&first[0], nine()).await.unwrap()
    else {
        panic!("its queue is empty");
    };
    let found = world.db.find_post(post).await.unwrap().unwrap();
    assert_eq!((found.content.as_str(), found.state), (LAMP, PostState::Queued));
    assert_eq!(found.generation_model.as_deref(), Some("evergreen"));
    assert_eq!(queued(world, "ada").await, 1);
    assert_eq!(world.db.list_alike(&[LAMP]).await.unwrap()[0].len(), 1, "and it has bands");

    assert_eq!(world.db.use_evergreen(&first[0], nine()).await.unwrap(), None, "it is used");
    assert_eq!(stock(world, "ada").await, [gulls]);
    assert_eq!(ids(&next(world, &["ada", "bob"]).await), [rocks], "there is something now");
    let second = &world.db.list_evergreens(&id("ada"), None, 1).await.unwrap()[0];
    assert_eq!(world.db.use_evergreen(second, nine()).await.unwrap(), None);

    assert!(world.db.remove_post(post, nine()).await.unwrap());
    assert_eq!(ids(&next(world, &["ada"]).await), [gulls]);
    assert!(matches!(
        world.db.use_evergreen(second, nine()).await.unwrap(),
        Some(StoredPost::Queued(_))
    ));
    assert!(stock(world, "ada").await.is_empty());
    let said = "SELECT count(*) FROM events WHERE kind = 'evergreen.used' AND bot_id = 'ada'";
    assert_eq!(world.number(said).await, 2);
}

async fn of_two_who_use_the_same_one_does(world: &World) {
    declare(world, &["ada"]).await;
    kept(world, "ada", LAMP).await;
    let one = next(world, &["ada"]).await.remove(0);
    let (first, second) =
        tokio::join!(world.db.use_evergreen(&one, nine()), world.db.use_evergreen(&one, nine()));
    let used = [first.unwrap(), second.unwrap()];
    assert_eq!(used.iter().flatten().count(), 1, "{used:?}");
    assert_eq!(queued(world, "ada").await, 1);
}

async fn a_text_that_became_a_post_meanwhile_is_used_up_by_it(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let lamp = kept(world, "ada", LAMP).await;
    let post = queue(world, "bob", LAMP, None).await;
    let one = next(world, &["ada"]).await.remove(0);
    let used = world.db.use_evergreen(&one, nine()).await.unwrap();
    assert_eq!(used, Some(StoredPost::Duplicate { of: post, bot: id("bob") }));
    assert_eq!((one.id, queued(world, "ada").await), (lamp, 0));
    assert!(stock(world, "ada").await.is_empty());
}

/// When it is needed nobody is asked, so what waits for a yes stays where it is.
async fn a_yes_holds_for_the_policy_under_which_it_was_given(world: &World) {
    let mut ada = Bot { mode: ApprovalMode::Approval, ..testkit::bot("ada") };
    let declare = async |ada: &Bot| {
        world.db.sync_bots(std::slice::from_ref(ada), &[], start()).await.unwrap();
    };
    declare(&ada).await;
    let unread = kept(world, "ada", LAMP).await;
    let given = Consent::Given { who: "eve@host".to_owned(), needs_person: true };
    let read = NewPost { consent: given, ..new_post("ada", GULLS, None) };
    assert!(matches!(keep(world, std::slice::from_ref(&read)).await[..], [KeptEvergreen::Kept(_)]));
    let stock = world.db.list_evergreens(&id("ada"), None, 10).await.unwrap();
    assert_eq!(stock.iter().map(|one| one.is_ready).collect::<Vec<_>>(), [false, true]);
    let one = next(world, &["ada"]).await.remove(0);
    assert_eq!(one.content, GULLS);
    assert_eq!(world.db.use_evergreen(&stock[0], nine()).await.unwrap(), None, "not approved");

    let policy = ada.persona.policy.clone();
    ada.persona.policy = Policy { max_length: 100, ..policy.clone() };
    declare(&ada).await;
    assert!(next(world, &["ada"]).await.is_empty(), "another policy, no yes");
    assert_eq!(world.db.use_evergreen(&one, nine()).await.unwrap(), None);
    ada.persona.policy = policy;
    declare(&ada).await;
    let Some(StoredPost::Queued(post)) = world.db.use_evergreen(&one, nine()).await.unwrap() else {
        panic!("the yes holds again");
    };
    let reviewed = world.db.find_reviewed(post).await.unwrap().unwrap();
    assert_eq!(reviewed.approvals[0].who, "eve@host");
    assert!(world.db.remove_post(post, nine()).await.unwrap());

    ada.mode = ApprovalMode::Auto;
    declare(&ada).await;
    assert_eq!(next(world, &["ada"]).await.remove(0).id, unread, "nobody is asked any more");
}

async fn a_row_that_nobody_can_read_holds_up_its_bot_alone(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let (lamp, rocks) = (kept(world, "ada", LAMP).await, kept(world, "bob", ROCKS).await);
    let gulls = kept(world, "ada", GULLS).await;
    let broken = format!("UPDATE evergreens SET created_at = -1 WHERE id = {}", lamp.0);
    world.execute(&broken).await;
    let found = next(world, &["ada", "bob"]).await;
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [rocks]);
    assert!(world.db.drop_evergreen(lamp, "nobody can read it", start()).await.unwrap());
    assert_eq!(next(world, &["ada"]).await.remove(0).id, gulls);
}

async fn who_waits_for_content_is_woken(world: &World) {
    declare(world, &["ada"]).await;
    plan(world, nine()).await;
    world.execute(&format!("UPDATE slots SET wake_at = {}", i64::MAX / 2)).await;
    kept(world, "ada", LAMP).await;
    let woken = format!("SELECT count(*) FROM slots WHERE wake_at <= {}", nine().as_millisecond());
    let is_near = world.number(&woken).await;
    world.db.keep_evergreens(&[new_post("ada", GULLS, None)], nine()).await.unwrap();
    assert_eq!((is_near, world.number(&woken).await), (0, 1), "not long before it is due");
}

on_both! {
    what_is_kept_aside_is_no_queue,
    a_text_is_kept_once_and_only_where_no_post_has_it,
    the_oldest_goes_out_when_the_queue_is_empty_and_each_once,
    of_two_who_use_the_same_one_does,
    a_text_that_became_a_post_meanwhile_is_used_up_by_it,
    a_yes_holds_for_the_policy_under_which_it_was_given,
    a_row_that_nobody_can_read_holds_up_its_bot_alone,
    who_waits_for_content_is_woken,
}
