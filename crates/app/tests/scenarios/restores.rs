//! Restores, again and again: whichever earlier backup comes back, nothing goes out twice.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use domain::model::{Bot, BotId};
use domain::ports::store::PostStore as _;
use domain::rules::chance::hash;
use jiff::{SignedDuration, Timestamp};
use sandbox::{DuplicateFilter, SandboxSettings, SendFault};
use testkit::{Proof, schedule};

use crate::world::{World, bot};

const BOTS: [&str; 4] = ["ada", "bea", "cleo", "dora"];
/// Restores of one world, before the next world begins.
const RESTORES: usize = 5;
/// Enough for every slot of a world.
const TEXTS: usize = 90;
/// Between two slots of a bot. A slot is sent this late at most, so no two slots share such a time.
const SLOT_MINUTES: i64 = 30;

/// Draws by lot, the same for the same seed.
struct Lot {
    seed: u64,
    drawn: u64,
}

impl Lot {
    fn below(&mut self, max: u64) -> u64 {
        self.drawn += 1;
        hash(&[self.seed.to_le_bytes(), self.drawn.to_le_bytes()].concat()) % max
    }
}

#[derive(Default)]
struct Tally {
    restores: usize,
    backups: usize,
    mid_send: usize,
    lost_answers: usize,
    adopted: usize,
    posts: usize,
}

#[tokio::test]
async fn a_restore_of_any_earlier_backup_posts_nothing_twice() {
    let proof = Proof::of("restores", 11);
    let count = proof.count(5, 200);
    let mut tally = Tally::default();
    while tally.restores < count {
        let seed = proof.seed.wrapping_add(tally.restores as u64);
        one_world(Lot { seed, drawn: 0 }, &mut tally).await;
    }
    assert!(tally.adopted > 0 && tally.mid_send > 0, "the restores lost something");
    proof.report(&[
        ("restores", &tally.restores),
        ("backups", &tally.backups),
        ("taken_while_sending", &tally.mid_send),
        ("lost_answers", &tally.lost_answers),
        ("posts", &tally.posts),
        ("adopted", &tally.adopted),
        ("twice", &0),
    ]);
}

async fn one_world(mut lot: Lot, tally: &mut Tally) {
    // Without X's own filter: the timeline alone must tell.
    let off = DuplicateFilter::Off;
    let settings = SandboxSettings { duplicate_filter: off, ..SandboxSettings::default() };
    let mut world = World::on(settings).await;
    given_bots(&world).await;
    let mut backups: Vec<PathBuf> = Vec::new();
    for _ in 0..RESTORES {
        for _ in 0..=lot.below(3) {
            leg(&world, &mut lot, tally).await;
            backups.push(back_up(&world, &mut lot, tally).await);
        }
        leg(&world, &mut lot, tally).await;
        let which = usize::try_from(lot.below(backups.len() as u64)).unwrap();
        world = world.restore(&backups[which]).await;
        tally.restores += 1;
    }
    // Every bot has a slot after the last restore, and lost answers are settled.
    let end = world.now() + SignedDuration::from_mins(3 * SLOT_MINUTES);
    world.advance_to(&end.to_string()).await;
    demand_nothing_twice(&world, lot.seed);
    demand_nothing_forgotten(&world, lot.seed).await;
    tally.adopted += world.adopted().await;
    tally.posts += world.x.truth().len();
    world.engine.finish().await.unwrap();
    world.db.close().await;
}

async fn given_bots(world: &World) {
    let bots: Vec<Bot> =
        BOTS.map(|name| Bot { schedules: vec![schedule("0,30 * * * *")], ..bot(name) }).into();
    let places = [domain::model::ManagedBy::File];
    domain::ports::store::BotStore::sync_bots(&world.db, &bots, &places, world.now())
        .await
        .unwrap();
    for bot in &bots {
        let texts: Vec<String> =
            (0..TEXTS).map(|n| format!("{} sees ship number {n}", bot.id)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        world.queue(&bot.id, &texts).await;
    }
}

/// Up to an hour and a half, in which every third answer is lost.
async fn leg(world: &World, lot: &mut Lot, tally: &mut Tally) {
    let end =
        world.now() + SignedDuration::from_secs(60 + i64::try_from(lot.below(5_400)).unwrap());
    for name in BOTS {
        let fault = match lot.below(9) {
            0 => SendFault::AcceptThenClose,
            1 => SendFault::CloseBeforeAccept,
            2 => SendFault::AcceptThenStatus { status: 503 },
            _ => continue,
        };
        world.x.next_send_of(name, fault);
        tally.lost_answers += 1;
    }
    world.advance_to(&end.to_string()).await;
}

/// A backup between two rounds, or between the intents of a batch and their sends.
async fn back_up(world: &World, lot: &mut Lot, tally: &mut Tally) -> PathBuf {
    tally.backups += 1;
    if lot.below(2) == 0 {
        return world.back_up();
    }
    let minutes = SLOT_MINUTES * 60;
    let due = (world.now().as_second() / minutes + 1) * minutes;
    // Up to a moment before the slot, so that nothing of it is claimed.
    let before = Timestamp::from_second(due - 1).unwrap();
    world.advance_to(&before.to_string()).await;
    world.clock.advance(Timestamp::from_second(due).unwrap().duration_since(world.now()));
    let batch = world.engine.prepare(world.now(), world.engine.room()).await.unwrap();
    tally.mid_send += usize::from(!batch.is_empty());
    let backup = world.back_up();
    world.engine.deliver(batch).await.unwrap();
    backup
}

/// No text twice, and no slot twice with two texts.
fn demand_nothing_twice(world: &World, seed: u64) {
    let mut texts: HashSet<String> = HashSet::new();
    let mut slots: BTreeMap<(String, i64), String> = BTreeMap::new();
    for post in world.x.truth() {
        assert!(texts.insert(post.text.clone()), "seed {seed}: {:?} twice", post.text);
        let slot = post.at.as_second() / (SLOT_MINUTES * 60);
        let before = slots.insert((post.account.clone(), slot), post.text.clone());
        assert_eq!(
            before, None,
            "seed {seed}: and {:?} in one slot of @{}",
            post.text, post.account
        );
    }
}

/// What X has is in no queue any more.
async fn demand_nothing_forgotten(world: &World, seed: u64) {
    for name in BOTS {
        let sent: HashSet<String> = world.timeline(name).into_iter().collect();
        let queued = world.db.list_queue(&BotId::try_from(name).unwrap(), 1_000).await.unwrap();
        let forgotten: Vec<_> = queued.iter().filter(|post| sent.contains(&post.content)).collect();
        assert!(forgotten.is_empty(), "seed {seed}: X has them already: {forgotten:?}");
    }
}
