//! The calendar, and a person's hand on its slots.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{BotId, SkipReason, SlotId, SlotState};
use domain::ports::store::{BotStore as _, CalendarStore as _, ReadStore as _, SlotView};
use jiff::SignedDuration;
use testkit::{at, schedule};

use crate::house::{House, Reply};
use crate::journey::plan_all;

/// Ada's slots to come, soonest first.
async fn to_come(house: &House) -> Vec<SlotId> {
    let ada = BotId::try_from("ada").unwrap();
    let lines = house.db.list_slots(SlotView::Next, Some(&ada), 10).await.unwrap();
    lines.iter().map(|line| line.slot).collect()
}

/// A house in which ada posts at that pattern.
async fn house(pattern: &str) -> House {
    let house = House::new().await;
    let mut ada = testkit::bot("ada");
    ada.schedules = vec![schedule(pattern)];
    house.db.sync_bots(&[ada], &[], house.now()).await.unwrap();
    plan_all(&house).await;
    house
}

fn demand(reply: &Reply, words: &[&str]) {
    for word in words {
        assert!(reply.body.contains(word), "`{word}` in {}", reply.body);
    }
}

#[tokio::test]
async fn a_week_is_read_in_the_zone_of_the_reader() {
    let house = house("0 9 * * *").await;
    let eve = house.visitor("eve", Role::Viewer).await;
    let week = eve.get("/calendar?view=week&from=2026-11-24&zone=Europe/Berlin&bot=ada").await;
    demand(&week, &["23 Nov to 29 Nov 2026", "10:00", "09:00 UTC", "The queue is empty"]);
    assert_eq!(week.body.matches("data-slot=").count(), 6, "today's nine is over");
    assert_eq!(eve.cookie("flockwork-zone").as_deref(), Some("Europe/Berlin"));
    demand(&eve.get("/calendar?view=day&from=2026-11-25").await, &["Wednesday", "10:00"]);
    eve.get("/calendar?zone=Nowhere").await;
    assert_eq!(eve.cookie("flockwork-zone").as_deref(), Some("Europe/Berlin"), "that is no zone");
    assert!(!week.body.contains("data-movable"), "a viewer moves nothing");
}

#[tokio::test]
async fn beyond_what_is_planned_stands_what_is_expected() {
    let house = house("0 9 * * *").await;
    let eve = house.visitor("eve", Role::Owner).await;
    let month = eve.get("/calendar?view=month&from=2026-12-01&zone=UTC&bot=ada").await;
    assert_eq!(month.body.matches("data-movable").count(), 8, "up to the seventh");
    let expected = month.body.matches("class=\"chip waiting expected\"").count();
    assert_eq!(expected, 27, "up to the third of January");
    let past = eve.get("/calendar?view=month&from=2026-01-01&zone=UTC").await;
    assert!(!past.body.contains("class=\"chip"), "{}", past.body);
    let nobody = eve.get("/calendar?bot=nobody").await;
    assert!(!nobody.body.contains("class=\"chip"), "{}", nobody.body);
    assert_eq!(eve.get("/calendar?bot=No%20Name").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn many_slots_of_a_day_fold_to_counts() {
    let house = house("*/10 * * * *").await;
    let eve = house.visitor("eve", Role::Owner).await;
    let week = eve.get("/calendar?view=week&from=2026-11-24&zone=UTC&bot=ada").await;
    assert!(!week.body.contains("class=\"chip"), "{}", week.body);
    demand(&week, &["class=\"counts\"", "to come"]);
    let day = eve.get("/calendar?view=day&from=2026-11-24&zone=UTC&bot=ada").await;
    assert!(day.body.matches("data-movable").count() > 100);
}

#[tokio::test]
async fn a_slot_is_moved_and_put_back() {
    let house = house("0 9 * * *").await;
    let eve = house.visitor("eve", Role::Editor).await;
    let slot = to_come(&house).await[0];
    let path = format!("/calendar/{}", slot.0);
    demand(&eve.get(&path).await, &["Move it", "Skip this slot", "2026-11-24T09:00"]);
    let wish = [
        ("to", "2026-11-24T15:30"),
        ("zone", "Europe/Berlin"),
        ("was", "2026-11-24T09:00:00Z"),
        ("back", "/calendar?view=month&from=2026-11-24&evil=1"),
    ];
    let reply = eve.post(&format!("{path}/move"), &wish).await;
    let place = format!("/calendar?did=moved&n={}&view=month&from=2026-11-24", slot.0);
    assert_eq!(reply.location(), place);
    let line = house.db.find_slot(slot).await.unwrap().unwrap();
    assert_eq!(line.due_at, at("2026-11-24T14:30:00Z"));
    assert_eq!(line.moved_from, Some(at("2026-11-24T09:00:00Z")));
    let page = eve.get(&place).await;
    demand(&page, &["has its new time", "Put it back", "moved from"]);
    assert_eq!(
        house.acts().await.last().unwrap(),
        &format!("eve slot.move slot {} of bot ada", slot.0)
    );

    // Who saw it at its old time comes too late.
    let late = eve.post(&format!("{path}/move"), &wish).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    demand(&late, &["at another time by now"]);

    let back = [("to", "2026-11-24T09:00:00Z")];
    eve.post(&format!("{path}/move"), &back).await;
    let line = house.db.find_slot(slot).await.unwrap().unwrap();
    assert_eq!((line.due_at, line.moved_from), (at("2026-11-24T09:00:00Z"), None));
}

#[tokio::test]
async fn what_would_clash_is_said_before_it_is_moved() {
    let house = house("0 9,10 * * *").await;
    let eve = house.visitor("eve", Role::Owner).await;
    let slot = to_come(&house).await[0];
    let path = format!("/calendar/{}", slot.0);
    let near = eve.get(&format!("{path}/clash?to=2026-11-24T10:05&zone=UTC")).await;
    demand(&near, &["Slot ", "of the same bot is due at 10:00 UTC"]);
    assert!(!near.body.contains("<html"), "{}", near.body);
    let free = eve.get(&format!("{path}/clash?to=2026-11-24T12:00&zone=UTC")).await;
    demand(&free, &["Nothing clashes"]);
    let past = eve.get(&format!("{path}/clash?to=2026-11-23T12:00&zone=UTC")).await;
    demand(&past, &["It can not be: That time is past"]);

    let wish = [("to", "2026-11-24T10:05"), ("zone", "UTC")];
    let asked = eve.post(&format!("{path}/move"), &wish).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    demand(&asked, &["Move it all the same"]);
    assert_eq!(house.db.find_slot(slot).await.unwrap().unwrap().moved_from, None);
    let sure = [wish[0], wish[1], ("sure", "yes")];
    assert_eq!(eve.post(&format!("{path}/move"), &sure).await.status, StatusCode::SEE_OTHER);
    assert!(house.db.find_slot(slot).await.unwrap().unwrap().moved_from.is_some());
    for (to, words) in [("yesterday", "Give a time"), ("2026-11-20T10:00:00Z", "It stays where")] {
        let reply = eve.post(&format!("{path}/move"), &[("to", to), ("sure", "yes")]).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        demand(&reply, &[words]);
    }
}

#[tokio::test]
async fn a_slot_is_skipped_and_taken_back() {
    let house = house("0 9 * * *").await;
    let eve = house.visitor("eve", Role::Owner).await;
    let slot = to_come(&house).await[0];
    let path = format!("/calendar/{}", slot.0);
    let reply = eve.post(&format!("{path}/skip"), &[("back", &*path)]).await;
    assert_eq!(reply.location(), format!("{path}?did=skipped&n={}", slot.0));
    let state = async || house.db.find_slot(slot).await.unwrap().unwrap().state;
    assert_eq!(state().await, SlotState::Skipped(SkipReason::Operator));
    demand(&eve.get(&path).await, &["Skipped: eve skipped it.", "Take it back"]);
    let page = eve.get(&format!("/calendar?from=2026-11-24&did=skipped&n={}", slot.0)).await;
    demand(&page, &["Take it back", "Eve skipped it"]);
    eve.post(&format!("{path}/unskip"), &[]).await;
    assert_eq!(state().await, SlotState::Planned);

    eve.post(&format!("{path}/skip"), &[]).await;
    house.wait(SignedDuration::from_hours(24));
    let eva = house.visitor("eva", Role::Owner).await;
    let late = eva.post(&format!("{path}/unskip"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    demand(&late, &["can not be taken back any more"]);
    let late = eva.post(&format!("{path}/skip"), &[]).await;
    demand(&late, &["It stays as it is: it is skipped already."]);
}

#[tokio::test]
async fn who_may_only_read_moves_and_skips_nothing() {
    let house = house("0 9 * * *").await;
    let ann = house.visitor("ann", Role::Viewer).await;
    let slot = to_come(&house).await[0];
    for act in ["move", "skip", "unskip"] {
        let path = format!("/calendar/{}/{act}", slot.0);
        let reply = ann.post(&path, &[("to", "2026-11-24T12:00:00Z")]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{act}");
    }
    assert!(!ann.get(&format!("/calendar/{}", slot.0)).await.body.contains("Move it"));
    let held = house.db.find_held(slot).await.unwrap().unwrap();
    assert_eq!((held.state, held.moved_from), (SlotState::Planned, None));
}
