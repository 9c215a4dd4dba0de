//! `flockwork backup` and `flockwork restore`, as a person and a script meet them.

use serde_json::Value;

use crate::place::{Place, Said, free_port, wait_until};

const FOLDER: &str = "data/backups";

/// A place with a database that holds one post.
fn place() -> Place {
    let place = Place::new().with("HEALTH_CHECK_PORT", free_port().to_string());
    assert_eq!(place.run(&["queue", "add", "Rain at nine."]).code, 0);
    place
}

fn json(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Takes a backup; its path.
fn back_up(place: &Place) -> String {
    let said = place.run(&["backup", "now", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    json(&said)[0]["file"].as_str().unwrap().to_owned()
}

#[test]
fn a_backup_is_taken_listed_and_verified() {
    let place = place();
    let said = place.run(&["backup", "list"]);
    assert_eq!((said.code, said.out.as_str()), (0, "There is no backup in ./data/backups.\n"));
    assert_eq!(place.run(&["backup", "verify"]).code, 66);
    let said = place.run(&["backup", "now"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(FOLDER) && said.out.contains("read back whole"), "{said:?}");
    let file = back_up(&place);

    let listed = json(&place.run(&["backup", "list", "--format", "json"]));
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (&listed[0]["file"], &listed[0]["rows"]["posts"]),
        (&file.as_str().into(), &1.into())
    );
    assert!(place.run(&["backup", "list"]).out.contains("ago"));
    let name = file.rsplit('/').next().unwrap();
    for args in
        [&["backup", "verify"][..], &["backup", "verify", name], &["backup", "verify", &file]]
    {
        let said = place.run(args);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.starts_with("good  ") && said.out.contains(", 1 post\n"), "{said:?}");
    }
    assert_eq!(place.run(&["backup", "verify", "--all"]).out.lines().count(), 2);
}

#[test]
fn what_is_no_good_backup_is_one_line_and_a_number() {
    let place = place();
    let file = back_up(&place);
    let bytes = place.read(&file);
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    let cases: [(&[u8], i32, &str); 3] = [
        (&bytes[..bytes.len() - 4096], 74, "not as long as its manifest says"),
        (&flipped, 74, "its bytes are not those that were written"),
        (b"", 74, "it is empty"),
    ];
    for (bad, code, why) in cases {
        place.write(&file, bad);
        let said = place.run(&["backup", "verify"]);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.out.starts_with("bad   ") && said.out.contains(why), "{said:?}");
        assert_eq!((said.out.lines().count(), said.err.as_str()), (1, ""));
        let said = place.run(&["restore", &file]);
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.contains(why), "{said:?}");
    }
    place.write(&file, &bytes);
    let manifest = file.replace(".db", ".json");
    let text = place.read(&manifest);
    std::fs::remove_file(place.path(&manifest)).unwrap();
    assert_eq!(place.run(&["backup", "verify", &file]).code, 66);
    place.write(&manifest, text);
    assert_eq!(place.run(&["backup", "verify", "no-such.db"]).code, 66);
    place.write("notes.db", "not a database, but longer than its header would be. ".repeat(4));
    assert_eq!(place.run(&["backup", "verify", "./notes.db"]).code, 65);

    back_up(&place);
    place.write(&file, flipped);
    let said = place.run(&["backup", "verify", "--all"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.starts_with("error: 1 of 2 backups cannot be used"), "{said:?}");
    let lines = json(&place.run(&["backup", "verify", "--all", "--format", "json"]));
    assert_eq!((&lines[0]["valid"], &lines[1]["valid"]), (&true.into(), &false.into()));
}

#[test]
fn a_restore_keeps_what_it_replaces_and_says_where() {
    let place = place();
    let file = back_up(&place);
    assert_eq!(place.run(&["queue", "add", "Fog at ten."]).code, 0);
    let said = place.run(&["restore", &file]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("is kept as") && said.err.contains("reads its timeline"), "{said:?}");
    let queued = place.run(&["queue", "list"]).out;
    assert!(queued.contains("Rain at nine.") && !queued.contains("Fog"), "{queued}");

    let said = place.run(&["restore", &file, "--format", "json"]);
    let kept = json(&said)[0]["kept"].as_str().unwrap().to_owned();
    assert!(kept.contains("flockwork.db.replaced-"), "{said:?}");
    let place = place.with("DATABASE_PATH", kept);
    assert!(place.run(&["queue", "list"]).out.contains("Rain at nine."));
}

#[test]
fn a_running_node_takes_its_first_backup_tells_its_age_and_is_not_restored_under() {
    let place = place();
    let node = place.start(&["serve"]);
    let backups = || json(&place.run(&["backup", "list", "--format", "json"]));
    wait_until(|| !backups().is_empty());
    let file = backups()[0]["file"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["backup", "verify"]).code, 0);
    for args in [&["restore", &file][..], &["restore", "--mark-only"]] {
        let said = place.run(args);
        assert_eq!(said.code, 75, "{said:?}");
        assert!(said.err.contains("in use by another Flockwork process"), "{said:?}");
    }
    let more = back_up(&place);
    assert_eq!(backups().len(), 2);
    drop(node);
    assert_eq!(place.run(&["restore", &more]).code, 0);
    assert_eq!(place.run(&["restore", "--mark-only"]).code, 0);
}

#[test]
fn nothing_is_backed_up_where_nothing_is_and_a_server_keeps_its_own() {
    let place = Place::new();
    for args in [&["backup", "now"][..], &["restore", "--mark-only"]] {
        assert_eq!(place.run(args).code, 66, "{args:?}");
    }
    assert!(!place.path("data").exists());
    assert_eq!(place.run(&["restore"]).code, 64);
    let url = "postgres://flock:canary@127.0.0.1:1/flock";
    let place = place.with("DATABASE_URL", url);
    for args in [&["backup", "now"][..], &["backup", "list"], &["restore", "x.db"]] {
        let said = place.run(args);
        assert_eq!(said.code, 78, "{said:?}");
        assert!(said.err.contains("docs/backup.md") && !said.err.contains("canary"), "{said:?}");
    }
}

/// A backup that runs out of room, and one that is cut off: older ones stay, and nothing of the new
/// one has a name that counts.
#[test]
fn a_backup_that_cannot_be_finished_leaves_the_old_ones_and_no_half_one() {
    let place = place();
    let file = back_up(&place);
    // The system refuses to let a file grow beyond so many blocks; with the signal ignored as an
    // error, else by ending the process.
    for trap in ["trap '' XFSZ; ", ""] {
        let script = format!("{trap}ulimit -f 40; exec \"$0\" backup now");
        let said = place.shell(&script);
        assert_ne!(said.code, 0, "{said:?}");
        let listed = json(&place.run(&["backup", "list", "--format", "json"]));
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(place.run(&["backup", "verify", &file]).code, 0);
    }
    back_up(&place);
    let names: Vec<_> = std::fs::read_dir(place.path(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!names.iter().any(|name| name.contains("partial")), "{names:?}");
}
