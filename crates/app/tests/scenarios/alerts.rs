//! People are told what needs them: once, again while nobody acts, and when it is over; and programs what
//! happened, whatever dies in between.

use std::collections::BTreeSet;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use domain::model::{Severity, TargetName, Wanted};
use domain::ports::alerts::{AlertStore as _, Channel, Courier, DeliveryView, Disks, Hook, Parcel};
use domain::ports::store::NodeStore as _;
use domain::ports::{BackupFailed, BackupNews, Backups, Drill};
use domain::rules::alerts::DiskSpace;
use domain::rules::alerts::courier::{NotDelivered, TRIED_FOR};
use domain::rules::alerts::envelope::AlertsEnvelope;
use domain::rules::backups::Plan;
use engine::{AlertPace, Alerting, Engine, GrammarWriter, Keeping, Settings};
use jiff::{SignedDuration, Timestamp};
use sandbox::SandboxX;

use crate::world::{World, bot};

/// Everybody who is told, and whether they listen.
#[derive(Default)]
struct Ears(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    parcels: Vec<Parcel>,
    tries: Vec<Timestamp>,
    beats: u32,
    is_deaf: bool,
    /// Whoever takes a message and never answers.
    hangs: Option<TargetName>,
}

#[async_trait]
impl Courier for Ears {
    async fn deliver(&self, parcel: &Parcel, now: Timestamp) -> Result<(), NotDelivered> {
        let hangs = {
            let mut heard = self.0.lock().unwrap();
            heard.tries.push(now);
            heard.hangs.as_ref() == Some(&parcel.target)
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let mut heard = self.0.lock().unwrap();
        if heard.is_deaf {
            return Err(NotDelivered::later("nobody is there"));
        }
        heard.parcels.push(parcel.clone());
        Ok(())
    }

    fn kind_of(&self, _: &TargetName) -> &'static str {
        "webhook"
    }

    async fn beat(&self) -> Result<(), NotDelivered> {
        self.0.lock().unwrap().beats += 1;
        Ok(())
    }
}

/// One disk with so much room.
struct OneDisk(Arc<Mutex<u64>>);

impl Disks for OneDisk {
    fn space(&self) -> Vec<DiskSpace> {
        let free = *self.0.lock().unwrap();
        vec![DiskSpace { what: "the database", free, total: 100_000_000_000 }]
    }

    fn free_for_database(&self) -> Option<u64> {
        Some(*self.0.lock().unwrap())
    }
}

/// What a node has that tells people.
struct Teller {
    engine: Engine,
    ears: Arc<Ears>,
    free: Arc<Mutex<u64>>,
}

fn name(text: &str) -> TargetName {
    TargetName::parse(text).unwrap()
}

impl Teller {
    fn of(world: &World) -> Self {
        Self::named(world, "world-2", Arc::default())
    }

    fn named(world: &World, node: &str, ears: Arc<Ears>) -> Self {
        let free = Arc::new(Mutex::new(50_000_000_000));
        let alerting = Alerting {
            store: Arc::new(world.db.clone()),
            courier: ears.clone(),
            disks: Arc::new(OneDisk(free.clone())),
            channels: vec![Channel { name: name("ops"), at_least: Severity::Info }],
            hooks: vec![Hook { name: name("site"), wanted: Wanted::parse(["post.*"]).unwrap() }],
            pace: AlertPace { digest: SignedDuration::ZERO, ..AlertPace::default() },
            models: Vec::new(),
            started_at: world.now(),
        };
        let x = Arc::new(SandboxX::new(world.x.clone()));
        let (store, clock) = (Arc::new(world.db.clone()), Arc::new(world.clock.clone()));
        let engine = Engine::new(store, x, Arc::new(GrammarWriter), clock, Settings::new(node));
        Self { engine: engine.with_alerting(alerting), ears, free }
    }

    /// One look and one round of telling.
    async fn tell(&self, world: &World) {
        self.engine.tick_alerts(world.now()).await.unwrap();
        self.tell_all(world.now()).await;
    }

    /// Everybody once.
    async fn tell_all(&self, now: Timestamp) {
        for target in self.engine.audience() {
            self.engine.tick_target(&target, now).await.unwrap();
        }
    }

    /// One look at the backups.
    async fn keep(&self, world: &World) {
        let report = self.engine.tick_keeper(world.now()).await.unwrap();
        if report.has_taken {
            self.engine.tick_carrier().await;
        }
    }

    /// What `ops` was told since it was last asked: what became of which alert.
    fn alerts(&self) -> Vec<String> {
        let parcels = std::mem::take(&mut self.ears.0.lock().unwrap().parcels);
        let of_ops = parcels.iter().filter(|parcel| parcel.target == name("ops"));
        let notices = of_ops.flat_map(|parcel| {
            serde_json::from_str::<AlertsEnvelope>(&parcel.body).unwrap().alerts
        });
        notices.map(|one| format!("{} {} {}", one.what, one.rule, one.subject)).collect()
    }

    /// The events that `site` was told, by kind and id, with repeats.
    fn events(&self) -> Vec<(String, String)> {
        let heard = self.ears.0.lock().unwrap();
        let of_site = heard.parcels.iter().filter(|parcel| parcel.target == name("site"));
        of_site.map(|parcel| (parcel.kind.clone(), parcel.key.clone())).collect()
    }
}

#[tokio::test]
async fn a_bot_that_falls_silent_is_told_of_again_until_it_posts() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    world.given(bot("ada"), &[]).await;
    teller.tell(&world).await;
    assert_eq!(teller.alerts(), [""; 0], "nothing has happened yet");
    world.advance_to("2026-11-23T12:00:00Z").await;
    teller.tell(&world).await;
    assert_eq!(teller.alerts(), ["opened silence ada"]);
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_secs(60));
        teller.tell(&world).await;
    }
    assert_eq!(teller.alerts(), [""; 0], "once");
    world.advance_to("2026-11-23T18:01:00Z").await;
    teller.tell(&world).await;
    assert_eq!(teller.alerts(), ["opened runway_low ada", "repeated silence ada"]);
    world.queue(&bot("ada").id, &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-24T09:01:00Z").await;
    assert_eq!(world.timeline("ada").len(), 1);
    teller.tell(&world).await;
    let told = teller.alerts();
    assert!(told.contains(&"resolved silence ada".to_owned()), "{told:?}");
    teller.tell(&world).await;
    assert_eq!(teller.alerts(), [""; 0]);
    world.finish().await;
}

/// The list of findings is read to its thousandth: what stands behind that is not over.
#[tokio::test]
async fn what_a_cut_list_no_longer_shows_is_not_told_as_over() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    let find = async |from: u32, to: u32, seen: i64| {
        world
            .execute(&format!(
                "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})
                 INSERT INTO findings (kind, subject, place, at, detail, first_seen, last_seen)
                 SELECT 'missing_slot', 'x-' || i, 0, 0, 'gone', {seen}, {seen} FROM n"
            ))
            .await;
    };
    let before = world.now().as_millisecond();
    find(0, 0, before).await;
    teller.tell(&world).await;
    assert_eq!(teller.alerts(), ["opened audit_finding missing_slot/x-0"]);
    // Others come before it, whichever end the list begins at.
    find(1, 1_000, before - 1_000).await;
    find(1_001, 2_000, before + 1_000).await;
    world.clock.advance(SignedDuration::from_secs(60));
    teller.tell(&world).await;
    let told = teller.alerts();
    assert_eq!(told.iter().filter(|one| one.starts_with("opened")).count(), 49, "{told:?}");
    assert_eq!(told.iter().filter(|one| one.starts_with("resolved")).count(), 0, "{told:?}");
    world.execute("DELETE FROM findings").await;
    world.clock.advance(SignedDuration::from_secs(60));
    teller.tell(&world).await;
    let told = teller.alerts();
    assert_eq!(told.iter().filter(|one| one.starts_with("resolved")).count(), 50, "{told:?}");
    world.finish().await;
}

#[tokio::test]
async fn two_nodes_tell_one_story() {
    let world = World::new().await;
    let ears = Arc::new(Ears::default());
    let nodes = [
        Teller::named(&world, "alpha-1", ears.clone()),
        Teller::named(&world, "beta-1", ears.clone()),
    ];
    world.given(bot("ada"), &[]).await;
    world.advance_to("2026-11-23T12:00:00Z").await;
    for _ in 0..20 {
        world.clock.advance(SignedDuration::from_secs(31));
        tokio::join!(nodes[0].tell(&world), nodes[1].tell(&world));
    }
    assert_eq!(nodes[0].alerts(), ["opened silence ada"]);
    world.finish().await;
}

#[tokio::test]
async fn a_disk_that_fills_is_told_of_gets_worse_and_is_over_when_there_is_room() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    let mut told = Vec::new();
    for free in [400_000_000, 400_000_000, 50_000_000, 50_000_000_000] {
        *teller.free.lock().unwrap() = free;
        for _ in 0..3 {
            world.clock.advance(SignedDuration::from_secs(40));
            teller.tell(&world).await;
        }
        told.extend(teller.alerts());
    }
    assert_eq!(told, ["opened disk_low world", "worse disk_low world", "resolved disk_low world"]);
    world.finish().await;
}

/// What comes of it without waiting.
fn at_once<T>(work: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
    match work.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Backups in memory; the place that copies go to, and the last drill, are as somebody says.
#[derive(Default)]
struct Shelf(Mutex<Shelved>);

#[derive(Default)]
struct Shelved {
    taken: Vec<Timestamp>,
    news: BackupNews,
    failed: Option<BackupFailed>,
    hangs: bool,
}

#[async_trait]
impl Backups for Shelf {
    async fn taken(&self) -> Result<Vec<Timestamp>, BackupFailed> {
        Ok(self.0.lock().unwrap().taken.clone())
    }
    async fn take(&self, now: Timestamp) -> Result<(), BackupFailed> {
        self.0.lock().unwrap().taken.push(now);
        Ok(())
    }
    async fn let_go(&self, gone: &[Timestamp]) -> Result<(), BackupFailed> {
        self.0.lock().unwrap().taken.retain(|taken| !gone.contains(taken));
        Ok(())
    }
    async fn news(&self) -> Result<BackupNews, BackupFailed> {
        Ok(self.0.lock().unwrap().news.clone())
    }
    async fn carry(&self) -> Result<(), BackupFailed> {
        if self.0.lock().unwrap().hangs {
            std::future::pending::<()>().await;
        }
        let mut mine = self.0.lock().unwrap();
        if let Some(failed) = &mine.failed {
            return Err(failed.clone());
        }
        let newest = mine.taken.iter().max().copied();
        mine.news.carried = newest;
        Ok(())
    }
}

#[tokio::test]
async fn a_place_elsewhere_that_hangs_delays_no_backup_and_is_told() {
    let world = World::new().await;
    let shelf = Arc::new(Shelf::default());
    shelf.0.lock().unwrap().news.is_carried = true;
    let plan = Plan { every: SignedDuration::from_hours(1), daily: 7, weekly: 4 };
    let mut teller = Teller::of(&world);
    teller.engine = teller.engine.with_backups(Keeping { backups: shelf.clone(), plan });
    shelf.0.lock().unwrap().hangs = true;
    let mut carrying = pin!(teller.engine.tick_carrier());
    for _ in 0..4 {
        let kept = at_once(pin!(teller.engine.tick_keeper(world.now())));
        let report = kept.expect("it waits for nobody").unwrap();
        assert!(report.has_taken);
        assert_eq!(shelf.0.lock().unwrap().taken.iter().max(), Some(&world.now()));
        assert!(at_once(carrying.as_mut()).is_none(), "it hangs");
        teller.tell(&world).await;
        world.clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(teller.alerts(), ["opened backup_not_carried world"]);
    world.finish().await;
}

#[tokio::test]
async fn a_copy_that_went_nowhere_and_a_drill_that_failed_are_told_until_they_go_well() {
    let world = World::new().await;
    let shelf = Arc::new(Shelf::default());
    let plan = Plan { every: SignedDuration::from_hours(1), daily: 7, weekly: 4 };
    let mut teller = Teller::of(&world);
    teller.engine = teller.engine.with_backups(Keeping { backups: shelf.clone(), plan });
    let hour = async |failed: Option<&str>, problem: Option<&str>| {
        {
            let mut mine = shelf.0.lock().unwrap();
            let (at, problem) = (world.now(), problem.map(str::to_owned));
            let drill =
                Drill { backup: "flockwork-1.db".to_owned(), at, good_at: Some(at), problem };
            mine.news = BackupNews { is_carried: true, drill: Some(drill), ..mine.news.clone() };
            mine.failed = failed.map(|why| BackupFailed(why.to_owned()));
        }
        teller.keep(&world).await;
        teller.tell(&world).await;
        world.clock.advance(SignedDuration::from_hours(1));
        teller.alerts()
    };
    assert_eq!(hour(None, None).await, [""; 0]);
    let wrong = hour(Some("no room there"), Some("it is damaged")).await;
    assert_eq!(wrong, ["opened backup_not_carried world", "opened drill_failed world"]);
    assert_eq!(hour(Some("no room there"), Some("it is damaged")).await, [""; 0], "once");
    let over = hour(None, None).await;
    assert_eq!(over, ["resolved backup_not_carried world", "resolved drill_failed world"]);
    world.finish().await;
}

#[tokio::test]
async fn a_stop_by_hand_is_told_after_a_while_and_not_if_it_was_short() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    let minutes = async |minutes: i64| {
        for _ in 0..minutes {
            world.clock.advance(SignedDuration::from_secs(60));
            teller.tell(&world).await;
        }
    };
    world.db.set_kill_switch(true, world.now()).await.unwrap();
    minutes(5).await;
    world.db.set_kill_switch(false, world.now()).await.unwrap();
    minutes(5).await;
    assert_eq!(teller.alerts(), [""; 0]);
    world.db.set_kill_switch(true, world.now()).await.unwrap();
    minutes(20).await;
    assert_eq!(teller.alerts(), ["opened stopped "]);
    world.finish().await;
}

/// Fault 78: what nobody takes is tried for three days, then shown, and can be sent again.
#[tokio::test]
async fn what_nobody_takes_is_tried_for_three_days_and_then_a_dead_letter() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    teller.tell(&world).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    teller.ears.0.lock().unwrap().is_deaf = true;
    world.advance_to("2026-11-23T09:00:10Z").await;
    assert_eq!(world.timeline("ada").len(), 1, "posts do not wait for who is told");
    let began = world.now();
    teller.tell_all(began).await;
    while world.db.list_deliveries(DeliveryView::Dead, 9).await.unwrap().is_empty() {
        let waiting = world.db.list_deliveries(DeliveryView::Waiting, 9).await.unwrap();
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        let next = waiting[0].next_at.unwrap();
        world.clock.advance(next.duration_since(world.now()));
        teller.tell_all(world.now()).await;
        assert!(world.now().duration_since(began) <= TRIED_FOR, "no longer than three days");
    }
    assert_eq!(world.now().duration_since(began), TRIED_FOR);
    let tries = teller.ears.0.lock().unwrap().tries.len();
    assert!((15..=30).contains(&tries), "{tries} tries");
    let dead = world.db.list_deliveries(DeliveryView::Dead, 9).await.unwrap().remove(0);
    assert_eq!((&*dead.kind, dead.error.as_deref()), ("post.published", Some("nobody is there")));

    teller.ears.0.lock().unwrap().is_deaf = false;
    teller.tell_all(world.now()).await;
    assert_eq!(teller.events(), [], "nobody asked");
    assert!(world.db.send_again(dead.id, world.now()).await.unwrap());
    teller.tell_all(world.now()).await;
    assert_eq!(teller.events(), [("post.published".to_owned(), dead.key)]);
    // The engine slept for three days.
    world.advance_to("2026-11-26T12:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn a_target_that_hangs_or_cannot_be_read_for_holds_up_no_other() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    teller.tell(&world).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T09:00:10Z").await;
    teller.ears.0.lock().unwrap().hangs = Some(name("site"));
    let site = name("site");
    let mut hanging = Box::pin(teller.engine.tick_target(&site, world.now()));
    // It has the event in its hands, and waits.
    while teller.ears.0.lock().unwrap().tries.is_empty() {
        assert!(at_once(hanging.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    *teller.free.lock().unwrap() = 50_000_000;
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_secs(40));
        teller.engine.tick_alerts(world.now()).await.unwrap();
        teller.engine.tick_target(&name("ops"), world.now()).await.unwrap();
    }
    assert_eq!(teller.alerts(), ["opened disk_low world"]);
    assert!(at_once(hanging.as_mut()).is_none(), "all the while");
    drop(hanging);

    // An event that cannot be read stops its webhook's place, and not what is in the outbox.
    teller.ears.0.lock().unwrap().hangs = None;
    world.clock.advance(SignedDuration::from_secs(300));
    world
        .execute(
            "UPDATE events SET at = 9223372036854775807 WHERE id = (SELECT max(id) FROM events)",
        )
        .await;
    world.execute("UPDATE delivery_targets SET upto = 0 WHERE target = 'site'").await;
    teller.engine.tick_target(&site, world.now()).await.unwrap_err();
    assert_eq!(teller.events().len(), 1);
}

#[tokio::test]
async fn a_try_that_does_not_come_to_an_end_is_ended_and_tried_again() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    teller.tell(&world).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T09:00:10Z").await;
    teller.ears.0.lock().unwrap().hangs = Some(name("site"));
    tokio::time::pause();
    let report = teller.engine.tick_target(&name("site"), world.now()).await.unwrap();
    tokio::time::resume();
    assert_eq!((report.delivered, report.failed, report.dead), (0, 1, 0));
    let waiting = world.db.list_deliveries(DeliveryView::Waiting, 9).await.unwrap();
    assert_eq!(waiting[0].error.as_deref(), Some("it took over 60s"));
    world.finish().await;
}

/// Fault 5: the node dies between the post and the telling, in every gap that there is.
#[tokio::test]
async fn what_was_posted_before_a_crash_is_told_after_it_under_one_id() {
    let world = World::new().await;
    Teller::of(&world).tell(&world).await;
    world.given(bot("ada"), &["hello from the lighthouse"]).await;
    world.advance_to("2026-11-23T09:00:10Z").await;
    // Posted, and nobody was told: the node is gone.
    let mut world = world.crash_and_restart().await;
    // The next one dies with the delivery in its hands.
    let hook = Hook { name: name("site"), wanted: Wanted::all() };
    world.db.relay_events(&hook, 50, world.now()).await.unwrap();
    let until = world.now() + SignedDuration::from_secs(120);
    let held = world.db.take_deliveries(&name("site"), (9, until), world.now()).await.unwrap();
    let published: Vec<_> = held.iter().filter(|one| one.kind == "post.published").collect();
    assert_eq!(published.len(), 1, "{held:?}");
    let id = published[0].key.clone();
    world = world.crash_and_restart().await;
    // The third one tells it, and dies before it is written down that it did.
    let teller = Teller::of(&world);
    teller.tell(&world).await;
    assert!(teller.events().is_empty(), "it may still be on its way");
    world.clock.advance(SignedDuration::from_secs(120));
    let until = world.now() + SignedDuration::from_secs(120);
    let parcels = world.db.take_deliveries(&name("site"), (9, until), world.now()).await.unwrap();
    for parcel in &parcels {
        teller.ears.deliver(parcel, world.now()).await.unwrap();
    }
    world.clock.advance(SignedDuration::from_secs(300));
    teller.tell_all(world.now()).await;
    for _ in 0..5 {
        world.clock.advance(SignedDuration::from_secs(300));
        teller.tell_all(world.now()).await;
    }
    let told = teller.events();
    let published: Vec<_> = told.iter().filter(|(kind, _)| kind == "post.published").collect();
    assert_eq!(published.len(), 2, "told again, because nobody knew: {told:?}");
    let ids: BTreeSet<&String> = published.iter().map(|(_, id)| id).collect();
    assert_eq!(ids, BTreeSet::from([&id]), "and whoever hears it can tell");
    world.advance_to("2026-11-23T11:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn the_dead_mans_switch_hears_only_of_a_node_that_turns() {
    let world = World::new().await;
    let teller = Teller::of(&world);
    assert!(teller.engine.tick_heartbeat(world.now()).await.unwrap());
    // No round of its engine came to an end for over a minute.
    world.clock.advance(SignedDuration::from_secs(61));
    assert!(!teller.engine.tick_heartbeat(world.now()).await.unwrap());
    assert_eq!(teller.ears.0.lock().unwrap().beats, 1);
    world.finish().await;
}
