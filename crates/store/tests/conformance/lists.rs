//! Lists in pages: every row once, in order, whatever the size of the page.

use domain::model::{PostId, PostState, SlotId};
use domain::ports::store::{ListStore, PostStore, PostsOf, ReadStore, SlotLine, SlotView};
use jiff::Timestamp;

use crate::steps::{declare, id, nine, plan, queue, secs, sending};
use crate::world::{World, on_both};

async fn posts(world: &World, of: PostsOf<'_>, max: u32) -> Vec<i64> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = world.db.page_posts(of, before, max).await.unwrap();
        found.extend(page.iter().map(|post| post.id.0));
        match page.last() {
            Some(last) if page.len() == max as usize => before = Some(last.id),
            Some(_) | None => return found,
        }
    }
}

async fn posts_come_newest_first_and_once(world: &World) {
    declare(world, &["ada", "bob"]).await;
    let mut stored = Vec::new();
    for n in 0..7 {
        let bot = if n % 3 == 0 { "bob" } else { "ada" };
        stored.push((bot, queue(world, bot, &format!("text number {n}"), None).await));
    }
    world.db.remove_post(stored[1].1, nine()).await.unwrap();
    let of = |name: &str| -> Vec<i64> {
        stored.iter().rev().filter(|(bot, _)| *bot == name).map(|(_, post)| post.0).collect()
    };
    let all: Vec<i64> = stored.iter().rev().map(|(_, post)| post.0).collect();
    let (ada, bob) = (id("ada"), id("bob"));
    for max in [1, 2, 3, 50] {
        assert_eq!(posts(world, PostsOf::All, max).await, all);
        assert_eq!(posts(world, PostsOf::Bot(&bob), max).await, of("bob"));
        assert_eq!(posts(world, PostsOf::Bot(&ada), max).await, of("ada"));
        let rejected = PostsOf::InState(&ada, PostState::Rejected);
        assert_eq!(posts(world, rejected, max).await, [stored[1].1.0]);
        let queued = posts(world, PostsOf::InState(&ada, PostState::Queued), max).await;
        assert_eq!(queued.len(), of("ada").len() - 1);
        assert!(posts(world, PostsOf::Drafts, max).await.is_empty());
    }
    let before = world.db.page_posts(PostsOf::All, Some(PostId(1)), 5).await.unwrap();
    assert!(before.is_empty());
}

async fn slots(world: &World, view: SlotView, bot: Option<&str>, max: u32) -> Vec<SlotLine> {
    let bot = bot.map(id);
    let (mut found, mut after): (Vec<SlotLine>, Option<(Timestamp, SlotId)>) = (Vec::new(), None);
    loop {
        let page = world.db.page_slots(view, bot.as_ref(), after, max).await.unwrap();
        let last = page.last().map(|line| (line.due_at, line.slot));
        let is_whole = page.len() == max as usize;
        found.extend(page);
        match last {
            Some(last) if is_whole => after = Some(last),
            Some(_) | None => return found,
        }
    }
}

async fn slots_come_in_the_order_of_their_view(world: &World) {
    sending(world, &["ada", "bob"]).await;
    for days in [2, 4, 6] {
        assert_eq!(plan(world, nine() + secs(days * 86_400)).await, 2);
    }
    for view in [SlotView::Next, SlotView::Open, SlotView::Gone, SlotView::Attention] {
        for bot in [None, Some("ada")] {
            let named = bot.map(id);
            let mut whole = world.db.list_slots(view, named.as_ref(), 100).await.unwrap();
            whole.sort_by_key(|line| (line.due_at, line.slot));
            if view == SlotView::Gone {
                whole.reverse();
            }
            for max in [1, 3, 100] {
                assert_eq!(slots(world, view, bot, max).await, whole, "{view:?} {bot:?} {max}");
            }
        }
    }
    assert!(!slots(world, SlotView::Next, None, 2).await.is_empty());
    assert_eq!(slots(world, SlotView::Open, None, 1).await.len(), 2);
}

on_both! { posts_come_newest_first_and_once, slots_come_in_the_order_of_their_view, }
