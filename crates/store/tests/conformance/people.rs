//! Who is let in, and what is kept of what they did.

use domain::model::Secret;
use domain::model::access::{
    Act, Actor, ActorKind, Link, LinkFor, Right, Rights, Role, SecretHash, SessionTimes, UserId,
    UserName,
};
use domain::model::{BotState, StateReason};
use domain::ports::people::{NewSession, NewToken, NewUser, PeopleStore, Redeemed};
use domain::ports::store::BotStore;
use domain::rules::access::chain::{Break, Follow};
use domain::rules::access::throttle::{KNOWN, NETWORK, STRANGERS};
use jiff::{SignedDuration, Timestamp};

use crate::steps::{id, start};
use crate::world::{World, on_both};

const TIMES: SessionTimes = SessionTimes::STANDARD;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

fn link(secret: &str, purpose: LinkFor, role: Role, user: Option<UserId>) -> Link {
    let (hash, created_by) = (SecretHash::of(secret), "eve".to_owned());
    Link { hash, purpose, role, user, created_by, expires_at: after(60) }
}

fn new_user(name: &str) -> NewUser {
    NewUser {
        name: UserName::try_from(name.to_owned()).unwrap(),
        password_hash: Secret::new(format!("$argon2id$of-{name}")),
    }
}

async fn join(world: &World, name: &str, role: Role) -> UserId {
    world.db.add_link(&link(name, LinkFor::Join, role, None), start()).await.unwrap();
    match world.db.redeem_link(&SecretHash::of(name), &new_user(name), start()).await.unwrap() {
        Redeemed::Done(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Somebody who joined.
pub(crate) async fn somebody(world: &World, name: &str) -> UserId {
    join(world, name, Role::Owner).await
}

async fn session(world: &World, user: UserId, secret: &str, at: Timestamp) -> NewSession {
    let users = world.db.list_users(100).await.unwrap();
    let name = users.iter().find(|one| one.id == user).unwrap().name.clone();
    let new = NewSession {
        hash: SecretHash::of(secret),
        user,
        password_hash: new_user(name.as_str()).password_hash,
        csrf: format!("csrf-{secret}"),
        address: "192.0.2.7".to_owned(),
        agent: "a browser".to_owned(),
    };
    world.db.open_session(&new, None, &TIMES, at).await.unwrap().expect("a session");
    new
}

fn act(action: &'static str, object: &str) -> Act {
    Act {
        actor: Actor { kind: ActorKind::User, name: "eve".to_owned() },
        action,
        object: object.to_owned(),
        detail: None,
        address: Some("192.0.2.7".to_owned()),
        at: start(),
    }
}

async fn a_link_is_good_once_and_not_for_ever(world: &World) {
    let db = &world.db;
    assert!(!db.has_users().await.unwrap());
    db.add_link(&link("first", LinkFor::Join, Role::Owner, None), start()).await.unwrap();
    // Before there is anybody the newest link is the only one.
    db.add_link(&link("second", LinkFor::Join, Role::Owner, None), start()).await.unwrap();
    let find = async |secret, at| db.find_link(&SecretHash::of(secret), at).await.unwrap();
    assert_eq!(find("first", start()).await, None);
    assert_eq!(find("second", start()).await, Some((LinkFor::Join, Role::Owner, None)));
    assert_eq!(find("second", after(60)).await, None);
    let redeem = async |secret, name| {
        db.redeem_link(&SecretHash::of(secret), &new_user(name), start()).await.unwrap()
    };
    assert_eq!(redeem("first", "eve").await, Redeemed::Spent);
    assert!(matches!(redeem("second", "eve").await, Redeemed::Done(_)));
    assert_eq!(redeem("second", "mallory").await, Redeemed::Spent);
    assert!(db.has_users().await.unwrap());
    // A name that is taken costs the link nothing.
    db.add_link(&link("third", LinkFor::Join, Role::Viewer, None), start()).await.unwrap();
    assert_eq!(redeem("third", "eve").await, Redeemed::NameTaken);
    assert!(matches!(redeem("third", "ada").await, Redeemed::Done(_)));
    let roles: Vec<_> = db.list_users(9).await.unwrap().into_iter().map(|u| u.role).collect();
    assert_eq!(roles, [Role::Viewer, Role::Owner]);
}

async fn a_reset_ends_sessions_and_the_second_factor(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    let name = new_user("eve").name;
    db.set_totp(eve, Some(&Secret::new("ABC")), start()).await.unwrap();
    let open = session(world, eve, "cookie", start()).await;
    db.add_link(&link("reset", LinkFor::Reset, Role::Owner, Some(eve)), start()).await.unwrap();
    let found = db.find_link(&SecretHash::of("reset"), start()).await.unwrap();
    assert_eq!(found, Some((LinkFor::Reset, Role::Owner, Some(name.clone()))));
    let new = NewUser { password_hash: Secret::new("another"), ..new_user("whoever") };
    let redeemed = db.redeem_link(&SecretHash::of("reset"), &new, start()).await.unwrap();
    assert_eq!(redeemed, Redeemed::Done(eve));
    let login = db.find_login(&name).await.unwrap().unwrap();
    assert_eq!(login.password_hash.open(), "another");
    assert!(login.totp.is_none() && !login.user.has_totp);
    assert_eq!(db.find_session(&open.hash, &TIMES, start()).await.unwrap(), None);
}

async fn the_last_owner_stays(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    assert!(!db.set_role(eve, Role::Viewer, start()).await.unwrap());
    assert!(!db.close_user(eve, start()).await.unwrap());
    let ada = join(world, "ada", Role::Owner).await;
    let (one, other) =
        tokio::join!(db.set_role(eve, Role::Editor, start()), db.close_user(ada, start()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one != other, "one of two owners can go at the same moment, and only one");
    let owners = "SELECT count(*) FROM users WHERE role = 'owner' AND closed_at IS NULL";
    assert_eq!(world.number(owners).await, 1);
}

async fn who_is_closed_is_out_at_once(world: &World) {
    let db = &world.db;
    join(world, "eve", Role::Owner).await;
    let ada = join(world, "ada", Role::Editor).await;
    let open = session(world, ada, "cookie", start()).await;
    db.add_link(&link("reset", LinkFor::Reset, Role::Editor, Some(ada)), start()).await.unwrap();
    assert!(db.close_user(ada, start()).await.unwrap());
    assert!(!db.close_user(ada, start()).await.unwrap());
    assert_eq!(db.find_session(&open.hash, &TIMES, start()).await.unwrap(), None);
    let redeem = db.redeem_link(&SecretHash::of("reset"), &new_user("ada"), start()).await;
    assert_eq!(redeem.unwrap(), Redeemed::Spent);
}

async fn sessions_end_unused_and_old_and_by_hand(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    let open = session(world, eve, "cookie", start()).await;
    let find = async |minutes| db.find_session(&open.hash, &TIMES, after(minutes)).await.unwrap();
    let found = find(20).await.unwrap();
    assert_eq!((found.csrf.as_str(), found.user.id), ("csrf-cookie", eve));
    db.note_seen(found.id, "192.0.2.9", after(20)).await.unwrap();
    // It was used at 20, so it lives at 49, and not at 80.
    let again = find(49).await.unwrap();
    assert_eq!((again.seen_at, again.address.as_str()), (after(20), "192.0.2.9"));
    db.note_seen(found.id, "192.0.2.9", after(49)).await.unwrap();
    assert_eq!(find(80).await, None);

    let other = session(world, eve, "other", after(50)).await;
    let listed = db.list_sessions(eve, &TIMES, after(60)).await.unwrap();
    assert_eq!(listed.len(), 2);
    let first = listed.iter().find(|one| one.csrf == "csrf-cookie").unwrap().id;
    assert!(!db.end_session(UserId(eve.0 + 1), first).await.unwrap(), "somebody else's");
    assert!(db.end_session(eve, first).await.unwrap());
    assert!(!db.end_session(eve, first).await.unwrap());
    let rotated = NewSession { hash: SecretHash::of("rotated"), ..other.clone() };
    let listed = db.list_sessions(eve, &TIMES, after(60)).await.unwrap();
    db.open_session(&rotated, Some(listed[0].id), &TIMES, after(61)).await.unwrap();
    let gone = db.find_session(&other.hash, &TIMES, after(61)).await.unwrap();
    assert_eq!(gone, None, "the one that it takes the place of");

    // The password was right when it was looked at, and is another one when the session would begin.
    db.set_password(eve, &Secret::new("$argon2id$new".to_owned()), after(62)).await.unwrap();
    let late = NewSession { hash: SecretHash::of("late"), ..other.clone() };
    assert_eq!(db.open_session(&late, None, &TIMES, after(62)).await.unwrap(), None);
    assert_eq!(db.list_sessions(eve, &TIMES, after(62)).await.unwrap(), []);
    let now = Secret::new("$argon2id$new".to_owned());
    let good = NewSession { password_hash: now, ..late };
    assert!(db.open_session(&good, None, &TIMES, after(62)).await.unwrap().is_some());
}

async fn what_somebody_made_goes_with_the_right_to_make_it(world: &World) {
    let db = &world.db;
    join(world, "eve", Role::Owner).await;
    let mal = join(world, "mal", Role::Owner).await;
    let token = async |name: &str| {
        let new = NewToken {
            name: "ci".to_owned(),
            hash: SecretHash::of("secret"),
            rights: Role::Owner.rights(),
            created_by: name.to_owned(),
            expires_at: after(600),
        };
        db.add_token(&new, start()).await.unwrap()
    };
    let (own, other) = (token("mal").await, token("eve").await);
    let invite =
        Link { created_by: "mal".to_owned(), ..link("in", LinkFor::Join, Role::Owner, None) };
    db.add_link(&invite, start()).await.unwrap();
    assert!(db.set_role(mal, Role::Owner, start()).await.unwrap(), "which changes nothing");
    assert!(db.find_token(own).await.unwrap().unwrap().0.is_good(after(1)));
    assert!(db.set_role(mal, Role::Editor, start()).await.unwrap());
    assert!(!db.find_token(own).await.unwrap().unwrap().0.is_good(after(1)));
    assert!(db.find_token(other).await.unwrap().unwrap().0.is_good(after(1)));
    assert_eq!(db.find_link(&SecretHash::of("in"), start()).await.unwrap(), None);
    let late = token("mal").await;
    assert!(db.close_user(mal, start()).await.unwrap());
    assert!(!db.find_token(late).await.unwrap().unwrap().0.is_good(after(1)));
}

async fn a_house_has_one_first_owner(world: &World) {
    let db = &world.db;
    for secret in ["one", "other"] {
        db.add_link(&link(secret, LinkFor::Join, Role::Owner, None), start()).await.unwrap();
    }
    world
        .execute(
            "INSERT INTO links (hash, purpose, role, created_by, expires_at, created_at)
             VALUES ('beside', 'join', 'owner', 'x', 99999999999999, 0)",
        )
        .await;
    let redeem = async |name: &str| {
        db.redeem_link(&SecretHash::of("other"), &new_user(name), start()).await.unwrap()
    };
    let (eve, ada) = tokio::join!(redeem("eve"), redeem("ada"));
    let done = [eve, ada].iter().filter(|one| matches!(one, Redeemed::Done(_))).count();
    assert_eq!(done, 1);
    assert_eq!(
        world.number("SELECT count(*) FROM links").await,
        0,
        "nobody else owns it by a link"
    );
}

async fn a_name_that_is_taken_writes_nothing(world: &World) {
    let db = &world.db;
    join(world, "eve", Role::Owner).await;
    db.add_link(&link("in", LinkFor::Join, Role::Viewer, None), start()).await.unwrap();
    let (_, people) = db.acting(act("user.join", "user eve"));
    let taken = people.redeem_link(&SecretHash::of("in"), &new_user("eve"), start()).await.unwrap();
    assert_eq!(taken, Redeemed::NameTaken);
    assert_eq!(db.head_of_acts().await.unwrap().0, 0, "nobody joined");
    assert_eq!(
        db.find_link(&SecretHash::of("in"), after(60)).await.unwrap(),
        None,
        "nor lives longer"
    );
}

async fn a_code_counts_once(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    db.set_totp(eve, Some(&Secret::new("ABC")), start()).await.unwrap();
    let (one, other) = tokio::join!(db.use_totp_step(eve, 7), db.use_totp_step(eve, 7));
    assert!(one.unwrap() != other.unwrap());
    assert!(!db.use_totp_step(eve, 6).await.unwrap(), "an earlier one");
    assert!(db.use_totp_step(eve, 8).await.unwrap());
}

async fn strangers_who_guess_do_not_use_up_the_owners_tries(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    db.add_device(eve, &SecretHash::of("laptop"), start()).await.unwrap();
    assert!(db.knows_device(eve, &SecretHash::of("laptop")).await.unwrap());
    assert!(!db.knows_device(eve, &SecretHash::of("phone")).await.unwrap());
    let mut let_through = 0;
    for network in 0..200 {
        let buckets =
            [("eve/strangers".to_owned(), STRANGERS), (format!("network/{network}"), NETWORK)];
        let_through += u32::from(db.take_tries(&buckets, start()).await.unwrap().is_ok());
    }
    assert_eq!(let_through, 10);
    let known = [("eve/laptop".to_owned(), KNOWN), ("network/home".to_owned(), NETWORK)];
    assert_eq!(db.take_tries(&known, start()).await.unwrap(), Ok(()));
    // What one bucket refuses costs the others nothing.
    let tries = "SELECT count(*) FROM login_tries WHERE bucket LIKE 'network/1%' AND full_at > 0";
    let refused = [("eve/strangers".to_owned(), STRANGERS), ("network/199".to_owned(), NETWORK)];
    let again = db.take_tries(&refused, start()).await.unwrap().unwrap_err();
    assert!(again > start());
    assert_eq!(db.take_tries(&refused, again).await.unwrap(), Ok(()));
    assert!(world.number(tries).await > 0);
    // Full buckets are forgotten.
    db.take_tries(&known, after(600)).await.unwrap().unwrap();
    assert_eq!(world.number("SELECT count(*) FROM login_tries").await, 2);
}

async fn only_some_devices_of_a_person_are_remembered(world: &World) {
    let db = &world.db;
    let eve = join(world, "eve", Role::Owner).await;
    for nth in 0..30 {
        let hash = SecretHash::of(&format!("device {nth}"));
        db.add_device(eve, &hash, after(nth)).await.unwrap();
    }
    assert_eq!(world.number("SELECT count(*) FROM devices").await, 20);
    assert!(db.knows_device(eve, &SecretHash::of("device 29")).await.unwrap());
    assert!(!db.knows_device(eve, &SecretHash::of("device 9")).await.unwrap());
}

async fn a_token_is_good_until_it_is_taken_back(world: &World) {
    let db = &world.db;
    let rights = Rights::of(&[Right::Read, Right::Draft]);
    let new = NewToken {
        name: "ci".to_owned(),
        hash: SecretHash::of("secret"),
        rights,
        created_by: "eve".to_owned(),
        expires_at: after(60),
    };
    let token = db.add_token(&new, start()).await.unwrap();
    let (found, hash) = db.find_token(token).await.unwrap().unwrap();
    assert_eq!((found.rights, found.used_at, hash.as_str()), (rights, None, new.hash.as_str()));
    assert!(found.is_good(after(59)) && !found.is_good(after(60)));
    for (minute, used_at) in [(0, start()), (1, after(1)), (5, after(5))] {
        db.note_token_use(token, after(minute)).await.unwrap();
        let (found, _) = db.find_token(token).await.unwrap().unwrap();
        assert_eq!(found.used_at, Some(used_at));
    }
    assert!(db.revoke_token(token, after(6)).await.unwrap());
    assert!(!db.revoke_token(token, after(7)).await.unwrap());
    let listed = db.list_tokens(9).await.unwrap();
    assert_eq!((listed.len(), listed[0].is_good(after(8))), (1, false));
}

async fn what_somebody_changes_is_kept_with_it(world: &World) {
    let db = &world.db;
    db.sync_bots(&[testkit::bot("ada")], &[], start()).await.unwrap();
    assert_eq!(
        db.head_of_acts().await.unwrap().0,
        0,
        "the engine's own steps are in nobody's name"
    );
    let (store, people) = db.acting(act("kill_switch.on", "house"));
    store.set_kill_switch(true, start()).await.unwrap();
    let (store, _) = db.acting(act("bot.pause", "bot ada"));
    let reason = Some(StateReason::Operator);
    assert!(store.set_bot_state(&id("ada"), BotState::Paused, reason, start()).await.unwrap());
    // What changes nothing is not kept.
    assert!(!store.set_bot_state(&id("nobody"), BotState::Paused, reason, start()).await.unwrap());
    people.note_act(&act("session.open", "user eve")).await.unwrap();
    let lines = db.list_acts(0, 9).await.unwrap();
    let said: Vec<(i64, &str, &str)> =
        lines.iter().map(|one| (one.number, one.action.as_str(), one.object.as_str())).collect();
    let wanted = [
        (1, "kill_switch.on", "house"),
        (2, "bot.pause", "bot ada"),
        (3, "session.open", "user eve"),
    ];
    assert_eq!(said, wanted);
    let mut follow = Follow::default();
    lines.iter().try_for_each(|line| follow.line(line)).unwrap();
    let (number, hash) = db.head_of_acts().await.unwrap();
    assert_eq!(follow.end((number, &hash)), Ok(()));
    assert_eq!(follow.end((4, &hash)), Err(Break::CutOff { found: 3, written: 4 }));
    let again = if world.is_sqlite() {
        "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE number = 2"
    } else {
        "TRUNCATE audit_log"
    };
    let changes =
        ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log WHERE number = 2", again];
    for sql in changes {
        assert!(world.try_execute(sql).await.is_err(), "{sql}");
    }
}

async fn lines_of_many_at_once_make_one_chain(world: &World) {
    let db = &world.db;
    let mut notes = tokio::task::JoinSet::new();
    for nth in 0..24 {
        let db = db.clone();
        notes.spawn(async move { db.note_act(&act("test.note", &format!("note {nth}"))).await });
    }
    for noted in notes.join_all().await {
        noted.unwrap();
    }
    let lines = db.list_acts(0, 99).await.unwrap();
    let mut follow = Follow::default();
    lines.iter().try_for_each(|line| follow.line(line)).unwrap();
    assert_eq!(follow.head().0, 24);
}

on_both! {
    a_link_is_good_once_and_not_for_ever,
    a_reset_ends_sessions_and_the_second_factor,
    the_last_owner_stays,
    who_is_closed_is_out_at_once,
    sessions_end_unused_and_old_and_by_hand,
    what_somebody_made_goes_with_the_right_to_make_it,
    a_house_has_one_first_owner,
    a_name_that_is_taken_writes_nothing,
    a_code_counts_once,
    strangers_who_guess_do_not_use_up_the_owners_tries,
    only_some_devices_of_a_person_are_remembered,
    a_token_is_good_until_it_is_taken_back,
    what_somebody_changes_is_kept_with_it,
    lines_of_many_at_once_make_one_chain,
}
