//! `flockwork key` and `flockwork credentials`: what is sealed, who may read it, and what a lost or a new key
//! means.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use domain::model::{Bot, ManagedBy};
use domain::ports::store::BotStore as _;
use jiff::Timestamp;
use serde_json::Value;
use store::{Db, Role};

use crate::place::{Place, Said, free_port};

const VALUES: &str = "api_key = app-key-canary-0001\napi_secret = app-secret-canary-0002\n\
                      access_token = 11-token-canary-0003\naccess_secret = token-secret-canary-4\n";

/// A place with those bots of the dashboard.
fn with_bots(place: Place, names: &[&str]) -> Place {
    let path = place.path("data/flockwork.db").display().to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::open(&path, Role::Tool).await.unwrap();
        for name in names {
            let bot = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot(name) };
            db.save_bot(&bot, None, Timestamp::UNIX_EPOCH).await.unwrap();
        }
        db.close().await;
    });
    place
}

/// A place with a key in the file `key`, and those bots.
fn with_key(names: &[&str]) -> Place {
    let place = Place::new().with("FLOCKWORK_MASTER_KEY_FILE", "key");
    let said = place.run(&["key", "new", "--into", "key"]);
    assert_eq!(said.code, 0, "{said:?}");
    with_bots(place, names)
}

fn set(place: &Place, bot: &str, account: &str) -> Said {
    let values = VALUES.replace("11-token", &format!("{account}-token"));
    place.run_with(&["credentials", "set", bot, "--file", "-"], &values)
}

fn lines(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn status(place: &Place) -> Vec<Value> {
    lines(&place.run(&["key", "status", "--format", "json"]))
}

#[test]
fn a_key_is_made_for_reading_or_into_a_file_before_older_ones() {
    let place = Place::new();
    let first = place.run(&["key", "new"]);
    assert_eq!(first.code, 0);
    assert!(first.out.starts_with("fwk1_") && first.out.lines().count() == 1, "{first:?}");
    assert_ne!(first.out, place.run(&["key", "new"]).out);
    for older in 0..2 {
        let said = place.run(&["key", "new", "--into", "keys", "--format", "json"]);
        assert_eq!(lines(&said)[0]["older_keys"], older, "{said:?}");
    }
    let text = String::from_utf8(place.read("keys")).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("fwk1_")).count(), 2);
    let mode = std::fs::metadata(place.path("keys")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&mode) & 0o777, 0o600);
    for _ in 2..16 {
        assert_eq!(place.run(&["key", "new", "--into", "keys"]).code, 0);
    }
    let full = place.read("keys");
    let refused = place.run(&["key", "new", "--into", "keys"]);
    assert_eq!(refused.code, 65, "{refused:?}");
    assert!(refused.err.contains("no more than 16"), "{refused:?}");
    assert_eq!(place.read("keys"), full, "a node still reads it");
    place.write("notes", "buy milk\n");
    let refused = place.run(&["key", "new", "--into", "notes"]);
    assert_eq!(refused.code, 65, "{refused:?}");
    assert_eq!(place.read("notes"), b"buy milk\n");
    assert!(!refused.err.contains("milk"), "{refused:?}");
}

#[test]
fn credentials_are_set_listed_by_their_ends_and_taken_away() {
    let place = with_key(&["fog", "rain"]);
    let said = set(&place, "fog", "11");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("as X account 11"), "{said:?}");
    let listed = place.run(&["credentials", "list"]);
    for part in ["fog", "…0001", "…0002", "…0003", "…ry-4"] {
        assert!(listed.out.contains(part), "{part}: {listed:?}");
    }
    let told = [&said.out, &said.err, &listed.out, &listed.err].map(String::as_str).concat();
    assert!(!told.contains("canary"), "{told}");
    assert!(!place.read("data/flockwork.db").windows(6).any(|bytes| bytes == b"canary"));
    assert_eq!(set(&place, "rain", "11").code, 65, "an account has one bot");
    let gone = place.run(&["credentials", "remove", "fog"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(gone.out.contains("posts nothing"), "{gone:?}");
    assert_eq!(place.run(&["credentials", "remove", "fog"]).code, 1);
    assert!(place.run(&["credentials", "list"]).out.contains("No credentials"));
    // Who did what stands in the log, without any value.
    let log = place.run(&["audit", "list", "--format", "json"]);
    for action in ["bot.credentials_set", "bot.credentials_removed"] {
        assert!(log.out.contains(action), "{log:?}");
    }
    assert!(!log.out.contains("canary"), "{log:?}");
}

#[test]
fn who_takes_credentials_away_is_told_that_those_of_the_environment_take_over() {
    let mut place = with_key(&["fog"]);
    assert_eq!(set(&place, "fog", "11").code, 0);
    for (name, value) in [
        ("TWITTER_API_KEY", "key-of-the-environment"),
        ("TWITTER_API_SECRET", "canary-secret"),
        ("TWITTER_ACCESS_TOKEN__FOG", "12-canary-token"),
        ("TWITTER_ACCESS_SECRET__FOG", "canary-token-secret"),
    ] {
        place = place.with(name, value);
    }
    let gone = place.run(&["credentials", "remove", "fog"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(gone.out.contains("the keys of the environment take over"), "{gone:?}");
    assert!(!format!("{gone:?}").contains("canary"), "{gone:?}");
}

#[test]
fn what_cannot_be_kept_is_refused_with_what_to_do() {
    let place = with_bots(Place::new(), &["fog"]);
    let said = set(&place, "fog", "11");
    assert_eq!(said.code, 78, "{said:?}");
    assert!(said.err.contains("FLOCKWORK_MASTER_KEY_FILE"), "{said:?}");
    let place = with_key(&["fog"]);
    for (values, told) in [
        ("api_key = canary\n", "api_secret is missing"),
        ("one\ntwo\n", "access_token is missing"),
        ("api_key = a canary\n", "white space"),
    ] {
        let said = place.run_with(&["credentials", "set", "fog"], values);
        assert_eq!(said.code, 65, "{said:?}");
        assert!(said.err.contains(told) && !said.err.contains("canary"), "{said:?}");
    }
    assert_eq!(set(&place, "nobody", "11").code, 1);
    // A value on the command line would be seen by others; there is no such argument.
    let said = place.run(&["credentials", "set", "fog", "app-key-canary"]);
    assert_eq!(said.code, 64, "{said:?}");
    // A bot that a file declares has its credentials where the file says.
    place.write("bots/sun.toml", "personality_prompt = \"You are the sun.\"\n");
    assert_eq!(place.run(&["apply", "--yes"]).code, 0);
    let said = set(&place, "sun", "11");
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("declared by its file"), "{said:?}");
}

#[test]
fn a_node_without_the_key_does_not_start_and_names_the_one_it_wants() {
    let place = with_key(&["fog"]);
    assert_eq!(set(&place, "fog", "11").code, 0);
    let key = status(&place)[0]["key"].as_str().unwrap().to_owned();
    let port = free_port().to_string();
    let serve = |place: Place| place.with("HEALTH_CHECK_PORT", &port).run(&["serve"]);
    std::fs::rename(place.path("key"), place.path("mine")).unwrap();
    place.run(&["key", "new", "--into", "key"]);
    let said = place.run(&["key", "status"]);
    assert_eq!(said.code, 78, "{said:?}");
    assert!(said.out.contains("missing") && said.out.contains(&key), "{said:?}");
    let said = serve(place);
    assert_eq!(said.code, 78, "{said:?}");
    for part in [&key, "FLOCKWORK_MASTER_KEY_FILE", "the credentials of 1 bot", "docs/secrets.md"] {
        assert!(said.err.contains(part), "{part}: {said:?}");
    }
    let place = with_key(&["fog"]).with("FLOCKWORK_MASTER_KEY_FILE", "");
    let said = place.with("FLOCKWORK_MASTER_KEY", "fwk1_mistyped-canary").run(&["check"]);
    assert_eq!(said.code, 78, "{said:?}");
    assert!(said.err.contains("mistyped") && !said.err.contains("canary"), "{said:?}");
}

#[test]
fn a_lost_key_is_forgotten_only_when_it_is_lost_and_one_says_so() {
    let place = with_key(&["fog"]);
    set(&place, "fog", "11");
    let key = status(&place)[0]["key"].as_str().unwrap().to_owned();
    let said = place.run(&["key", "forget", &key, "--yes"]);
    assert_eq!(said.code, 1, "it is here: {said:?}");
    std::fs::remove_file(place.path("key")).unwrap();
    place.run(&["key", "new", "--into", "key"]);
    assert_eq!(place.run(&["key", "forget", &key]).code, 1, "not without --yes");
    let said = place.run(&["key", "forget", &key, "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(place.run(&["key", "status"]).code, 0);
    assert_eq!(set(&place, "fog", "11").code, 0);
}

/// Starts a rotation and kills it without a word after so many rows; whether it was killed in time.
fn rotate_until(place: &Place, rows: usize) -> bool {
    let mut command = place.prepared(&["key", "rotate", "--format", "json"]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..rows {
        if said.next().is_none() {
            break;
        }
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[test]
fn a_rotation_that_is_killed_again_and_again_loses_nothing_and_ends() {
    let names: Vec<String> = (0..12).map(|n| format!("bot-{n}")).collect();
    let place = with_key(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (n, name) in names.iter().enumerate() {
        assert_eq!(set(&place, name, &format!("7{n}")).code, 0);
    }
    let old = status(&place)[0]["key"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["key", "new", "--into", "key"]).code, 0);
    for rows in [0, 1, 2, 1, 3] {
        rotate_until(&place, rows);
        let listed = lines(&place.run(&["credentials", "list", "--format", "json"]));
        assert_eq!(listed.len(), names.len());
        assert!(listed.iter().all(|one| one["problem"].is_null()), "{listed:?}");
    }
    let said = place.run(&["key", "rotate"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(&format!("key {old} ")) && said.out.contains("may go"), "{said:?}");
    let status = status(&place);
    let of = |key: &str| status.iter().find(|one| one["key"] == key).unwrap().clone();
    assert_eq!(
        (of(&old)["credentials"].as_u64(), of(&old)["seals"].as_bool()),
        (Some(0), Some(false))
    );
    assert!(of(&old)["retired_at"].is_string(), "{status:?}");
    // The old one is thrown away.
    let text = String::from_utf8(place.read("key")).unwrap();
    place.write("key", text.lines().next().unwrap());
    let listed = lines(&place.run(&["credentials", "list", "--format", "json"]));
    assert!(listed.iter().all(|one| one["ends"]["api_key"] == "0001"), "{listed:?}");
}
