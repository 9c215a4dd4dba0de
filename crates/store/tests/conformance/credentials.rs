//! What bots of the dashboard sign with: sealed, bound to its place, and never lost by a rotation that is
//! ended anywhere.

use domain::model::{Bot, BotId, Credentials, ManagedBy, Secret, XUserId};
use domain::ports::people::PeopleStore as _;
use domain::ports::store::{BotStore as _, StoreError};
use domain::ports::{CredentialStore as _, CredentialsGone, CredentialsSet};
use store::seal::{Keyring, SealKey};
use store::{Db, Resealing};

use crate::people::somebody;
use crate::steps::{declare, id, nine, secs, start};
use crate::world::{World, on_both};

fn key() -> SealKey {
    SealKey::make().unwrap()
}

/// A ring of those keys, the first of which seals.
fn ring(keys: &[&SealKey]) -> Keyring {
    let text: Vec<String> = keys.iter().map(|key| key.text().open().to_owned()).collect();
    Keyring::parse(&text.join("\n")).unwrap_or_else(|error| panic!("{error}"))
}

fn holding(world: &World, keys: &[&SealKey]) -> Db {
    world.db.clone().with_keys(ring(keys))
}

fn credentials(account: &str) -> Credentials {
    let [key, secret, token] =
        ["app-key-canary-0001", "app-secret-canary-0002", "token-secret-canary-3"].map(Secret::new);
    Credentials::of([key, secret, Secret::new(format!("{account}-token-canary-0004")), token])
}

async fn make(db: &Db, name: &str) {
    let bot = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot(name) };
    db.save_bot(&bot, None, start()).await.unwrap();
}

async fn set(db: &Db, name: &str, account: &str) -> CredentialsSet {
    let (bot, _, _) = db.find_bot(&id(name)).await.unwrap().unwrap();
    let stamp = db.bot_stamp(&id(name)).await.unwrap().unwrap();
    db.set_credentials((&bot, &stamp), &credentials(account), "eve", nine()).await.unwrap()
}

/// The token that a node which holds these keys signs with now, or why it does not.
async fn token(db: &Db, name: &str) -> Result<Option<String>, String> {
    let changes = db.changed_credentials(0, 99).await.unwrap();
    let found = changes.into_iter().find(|change| change.bot == id(name));
    let opened = found.map_or(Ok(None), |change| change.now)?;
    Ok(opened.map(|credentials| credentials.access_token.open().to_owned()))
}

async fn what_is_set_is_sealed_and_only_who_holds_the_key_signs_with_it(world: &World) {
    let (mine, other) = (key(), key());
    let db = holding(world, &[&mine]);
    make(&db, "fog").await;
    assert_eq!(set(&db, "fog", "11").await, CredentialsSet::Done);
    assert_eq!(token(&db, "fog").await, Ok(Some("11-token-canary-0004".to_owned())));
    let columns = "api_key || api_secret || access_token || access_secret || key_id || set_by";
    let row = world.words(&format!("SELECT {columns} FROM credentials")).await.concat();
    assert!(!row.contains("canary"), "{row}");
    // Its bot is of their app and account.
    let (bot, _, _) = db.find_bot(&id("fog")).await.unwrap().unwrap();
    assert_eq!(bot.account.as_ref().map(XUserId::as_str), Some("11"));
    assert_eq!(bot.app, credentials("11").app());
    // What may be said of them.
    let kept = db.find_credentials(&id("fog")).await.unwrap().unwrap();
    assert_eq!((kept.set_by.as_str(), kept.set_at), ("eve", nine()));
    assert_eq!(kept.key, mine.id().as_str());
    let ends = kept.ends.unwrap();
    assert_eq!(
        ends.each_ref().map(Option::as_deref),
        [Some("0001"), Some("0002"), Some("0004"), Some("ry-3")]
    );
    for stranger in [holding(world, &[&other]), world.db.clone()] {
        let why = token(&stranger, "fog").await.unwrap_err();
        assert!(why.contains(mine.id().as_str()) && !why.contains("canary"), "{why}");
        assert!(stranger.find_credentials(&id("fog")).await.unwrap().unwrap().ends.is_err());
    }
}

async fn without_a_key_nothing_is_kept(world: &World) {
    make(&world.db, "fog").await;
    assert!(!world.db.can_seal());
    assert_eq!(set(&world.db, "fog", "11").await, CredentialsSet::NoKey);
    assert_eq!(world.number("SELECT count(*) FROM credentials").await, 0);
}

async fn a_value_that_was_moved_to_another_row_or_column_does_not_open(world: &World) {
    let db = holding(world, &[&key()]);
    for (name, account) in [("fog", "11"), ("rain", "12")] {
        make(&db, name).await;
        assert_eq!(set(&db, name, account).await, CredentialsSet::Done);
    }
    let swap = "UPDATE credentials SET access_token =
        (SELECT o.access_token FROM credentials o WHERE o.bot_id = 'rain') WHERE bot_id = 'fog'";
    world.execute(swap).await;
    let why = token(&db, "fog").await.unwrap_err();
    assert!(why.contains("its seal is broken"), "{why}");
    assert_eq!(token(&db, "rain").await, Ok(Some("12-token-canary-0004".to_owned())));
    world.execute("UPDATE credentials SET api_key = access_secret WHERE bot_id = 'rain'").await;
    assert!(token(&db, "rain").await.is_err());
}

async fn only_bots_of_the_dashboard_have_any_and_an_account_has_one_bot(world: &World) {
    let db = holding(world, &[&key()]);
    declare(world, &["ada"]).await;
    assert_eq!(set(&db, "ada", "11").await, CredentialsSet::Elsewhere(ManagedBy::File));
    make(&db, "fog").await;
    make(&db, "rain").await;
    assert_eq!(set(&db, "fog", "11").await, CredentialsSet::Done);
    assert_eq!(set(&db, "rain", "11").await, CredentialsSet::AccountTaken(id("fog")));
    assert_eq!(token(&db, "rain").await, Ok(None));
    let (bot, _, _) = db.find_bot(&id("rain")).await.unwrap().unwrap();
    let stale =
        db.set_credentials((&bot, "another state"), &credentials("12"), "eve", nine()).await;
    assert_eq!(stale.unwrap(), CredentialsSet::Stale);
}

async fn each_change_is_read_once_and_a_saved_bot_keeps_its_account(world: &World) {
    let db = holding(world, &[&key()]);
    for name in ["fog", "rain"] {
        make(&db, name).await;
    }
    set(&db, "fog", "11").await;
    set(&db, "rain", "12").await;
    let numbers: Vec<(i64, BotId)> = db
        .changed_credentials(0, 9)
        .await
        .unwrap()
        .into_iter()
        .map(|change| (change.number, change.bot))
        .collect();
    assert_eq!(numbers, [(1, id("fog")), (2, id("rain"))]);
    set(&db, "fog", "13").await;
    let new = db.changed_credentials(2, 9).await.unwrap();
    assert_eq!(new.iter().map(|change| change.number).collect::<Vec<_>>(), [3]);
    // A node that finds other keys in its environment saves the bot: the kept ones count.
    let (bot, _, _) = db.find_bot(&id("fog")).await.unwrap().unwrap();
    let stamp = db.bot_stamp(&id("fog")).await.unwrap().unwrap();
    let other = Bot { app: "of the environment".to_owned(), account: None, ..bot.clone() };
    db.save_bot(&other, Some(&stamp), nine()).await.unwrap();
    assert_eq!(db.find_bot(&id("fog")).await.unwrap().unwrap().0.app, bot.app);
    // Taken away.
    let stamp = db.bot_stamp(&id("fog")).await.unwrap().unwrap();
    let gone =
        async |stamp: &str| db.remove_credentials((&bot, stamp), "eve", nine()).await.unwrap();
    assert_eq!(
        gone("of another state").await,
        CredentialsGone::Stale,
        "somebody saved it meanwhile"
    );
    assert_eq!(db.list_credentials(None, 9).await.unwrap().len(), 2, "nothing was done");
    assert_eq!(gone(&stamp).await, CredentialsGone::Done);
    let stamp = db.bot_stamp(&id("fog")).await.unwrap().unwrap();
    assert_eq!(gone(&stamp).await, CredentialsGone::Nothing);
    assert_eq!(token(&db, "fog").await, Ok(None));
    assert_eq!(db.list_credentials(None, 9).await.unwrap().len(), 1);
}

async fn a_second_factor_is_sealed_and_one_from_before_is_sealed_when_there_is_a_key(
    world: &World,
) {
    let user = somebody(world, "eve").await;
    let secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let name = "eve".to_owned().try_into().unwrap();
    world.db.set_totp(user, Some(&secret), nine()).await.unwrap();
    assert_eq!(world.words("SELECT totp FROM users").await, [secret.open()]);
    assert_eq!(world.db.count_clear().await.unwrap(), 1);
    let (mine, other) = (key(), key());
    let db = holding(world, &[&mine]);
    assert_eq!(db.seal_clear(nine()).await.unwrap(), 1);
    assert_eq!(db.seal_clear(nine()).await.unwrap(), 0);
    let kept = world.words("SELECT totp FROM users").await.concat();
    assert!(kept.starts_with("sealed:1:") && !kept.contains(secret.open()), "{kept}");
    let opened = db.find_login(&name).await.unwrap().unwrap().totp.unwrap();
    assert_eq!(opened.open(), secret.open());
    // Who cannot open it lets nobody in without it.
    let refused = holding(world, &[&other]).find_login(&name).await.err();
    assert!(matches!(refused, Some(StoreError::Failed(_))), "{refused:?}");
    db.set_totp(user, Some(&Secret::new("another")), nine()).await.unwrap();
    assert!(world.words("SELECT totp FROM users").await[0].starts_with("sealed:1:"));
}

/// Everything that is sealed, opened by who holds these keys.
async fn all_open(db: &Db, names: &[String]) {
    for name in names {
        assert!(matches!(token(db, name).await, Ok(Some(_))), "{name}");
    }
    let login = db.find_login(&"eve".to_owned().try_into().unwrap()).await.unwrap().unwrap();
    assert_eq!(login.totp.unwrap().open(), "JBSWY3DPEHPK3PXP");
}

async fn a_rotation_may_be_ended_after_any_row_and_begun_again(world: &World) {
    let (old, new) = (key(), key());
    let before = holding(world, &[&old]);
    let eve = somebody(world, "eve").await;
    before.set_totp(eve, Some(&Secret::new("JBSWY3DPEHPK3PXP")), nine()).await.unwrap();
    let names: Vec<String> = (0..5).map(|n| format!("bot-{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        make(&before, name).await;
        assert_eq!(set(&before, name, &format!("9{n}")).await, CredentialsSet::Done);
    }
    let both = holding(world, &[&new, &old]);
    // Each try gets one row further, and ends as a killed process would: without another word.
    for rows in 0..=names.len() {
        let mut way = Resealing::new(&both);
        let done = way.next(nine()).await.unwrap().expect("there is more to do");
        assert_eq!(done.outcome, Ok(()), "{}", done.what);
        all_open(&both, &names).await;
        let held = both.key_uses().await.unwrap();
        let under = |key: &SealKey| {
            let one = held.iter().find(|one| one.key == *key.id());
            one.map_or(0, |one| one.credentials + one.second_factors)
        };
        assert_eq!(under(&new), rows as u64 + 1);
        assert_eq!(under(&old), (names.len() - rows) as u64);
        // As long as anything needs it, the old key is not said to be done with.
        both.retire_keys(nine() + secs(60)).await.unwrap();
        let held = both.key_uses().await.unwrap();
        let retired = held.iter().find(|one| one.key == *old.id()).unwrap().retired_at;
        assert_eq!(retired.is_some(), rows == names.len(), "after {rows}");
    }
    assert_eq!(Resealing::new(&both).next(nine()).await.unwrap(), None);
    // Who has only the new key reads all of it.
    all_open(&holding(world, &[&new]), &names).await;
}

async fn a_row_that_cannot_be_opened_is_named_and_left(world: &World) {
    let (lost, new) = (key(), key());
    let before = holding(world, &[&lost]);
    make(&before, "fog").await;
    set(&before, "fog", "11").await;
    let db = holding(world, &[&new]);
    let done = Resealing::new(&db).next(nine()).await.unwrap().unwrap();
    assert_eq!(done.what, "bot fog");
    assert!(done.outcome.unwrap_err().to_string().contains(lost.id().as_str()));
    assert!(matches!(token(&before, "fog").await, Ok(Some(_))), "it is as it was");
    // Until somebody says that the key is lost for good.
    assert_eq!(db.forget_sealed(lost.id(), nine()).await.unwrap(), 1);
    assert_eq!(token(&db, "fog").await, Ok(None));
    assert!(db.key_uses().await.unwrap().iter().all(|one| !one.is_needed()));
}

on_both! {
    what_is_set_is_sealed_and_only_who_holds_the_key_signs_with_it,
    without_a_key_nothing_is_kept,
    a_value_that_was_moved_to_another_row_or_column_does_not_open,
    only_bots_of_the_dashboard_have_any_and_an_account_has_one_bot,
    each_change_is_read_once_and_a_saved_bot_keeps_its_account,
    a_second_factor_is_sealed_and_one_from_before_is_sealed_when_there_is_a_key,
    a_rotation_may_be_ended_after_any_row_and_begun_again,
    a_row_that_cannot_be_opened_is_named_and_left,
}
