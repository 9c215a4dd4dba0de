//! Encrypted backups, copies in another place, and drills.

use serde_json::Value;

use crate::place::{Place, Said};

fn json(said: &Said) -> Value {
    serde_json::from_str(said.out.lines().next().unwrap_or("null")).unwrap()
}

/// A place with a post, and a key of backups in the file `backup-key`.
fn with_key() -> Place {
    let place = Place::new().with("FLOCKWORK_BACKUP_KEY_FILE", "backup-key");
    assert_eq!(place.run(&["key", "new", "--into", "backup-key"]).code, 0);
    assert_eq!(place.run(&["queue", "add", "a canary in a mine"]).code, 0);
    place
}

#[test]
fn an_encrypted_backup_restores_on_another_machine_with_its_key_alone() {
    let place = with_key();
    let said = place.run(&["backup", "now", "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let file = json(&said)["file"].as_str().unwrap().to_owned();
    assert!(file.ends_with(".sealed"), "{file}");
    assert_eq!(json(&said)["rows"]["posts"], 1);
    for name in [file.clone(), file.replace(".sealed", ".json")] {
        let bytes = place.read(&name);
        assert!(!bytes.windows(6).any(|word| word == b"canary"), "{name}");
        assert!(!bytes.windows(12).any(|word| word == b"template-bot"), "{name}");
    }
    let listed = place.run(&["backup", "list"]);
    assert!(listed.out.contains("encrypted"), "{listed:?}");
    assert_eq!(place.run(&["backup", "verify"]).code, 0);

    // Another machine: the two files, and first without the key.
    let elsewhere = Place::new().with("FLOCKWORK_BACKUP_KEY_FILE", "key-of-backups");
    for end in [".sealed", ".json"] {
        elsewhere.write(&format!("copy{end}"), place.read(&file.replace(".sealed", end)));
    }
    elsewhere.run(&["key", "new", "--into", "key-of-backups"]);
    let refused = elsewhere.run(&["restore", "copy.sealed"]);
    assert_eq!(refused.code, 78, "{refused:?}");
    assert!(refused.err.contains("is encrypted under key"), "{refused:?}");
    elsewhere.write("key-of-backups", place.read("backup-key"));
    let mut edited = place.read(&file);
    let middle = edited.len() / 2;
    edited[middle] ^= 1;
    elsewhere.write("copy.sealed", &edited);
    assert_eq!(elsewhere.run(&["restore", "copy.sealed"]).code, 74);
    elsewhere.write("copy.sealed", place.read(&file));
    let restored = elsewhere.run(&["restore", "copy.sealed"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let queue = elsewhere.run(&["queue", "show", "1"]);
    assert!(queue.out.contains("a canary in a mine"), "{queue:?}");
}

#[test]
fn a_drill_restores_the_newest_one_and_leaves_nothing() {
    for place in [with_key(), Place::new()] {
        assert_eq!(place.run(&["backup", "drill"]).code, 66, "there is none");
        place.run(&["queue", "add", "another"]);
        place.run(&["backup", "now"]);
        assert!(place.run(&["backup", "list"]).err.contains("No restore was tried yet"));
        let said = place.run(&["backup", "drill"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("restores"), "{said:?}");
        let listed = place.run(&["backup", "list"]);
        assert!(listed.err.contains("The last drill restored flockwork-"), "{listed:?}");
        assert!(!place.path("data/.flockwork-drill").exists());
        // One that is damaged is told, and when the last good one was stays known.
        let file = json(&place.run(&["backup", "now", "--format", "json"]));
        let file = file["file"].as_str().unwrap();
        let mut bytes = place.read(file);
        *bytes.last_mut().unwrap() ^= 1;
        place.write(file, bytes);
        assert_eq!(place.run(&["backup", "drill"]).code, 74);
        let listed = place.run(&["backup", "list"]);
        assert!(
            listed.err.contains("failed") && listed.err.contains("last good one"),
            "{listed:?}"
        );
    }
}

#[test]
fn copies_go_to_another_place_and_what_failed_goes_with_the_next_one() {
    let place = Place::new().with("PATH", "/usr/bin:/bin");
    place.write(
        "flockwork.toml",
        "[backup]\nafter = [\"cp\", \"--target-directory=elsewhere\", \"{}\"]\n",
    );
    place.run(&["queue", "add", "a text"]);
    let said = place.run(&["backup", "now"]);
    assert_eq!(said.code, 1, "there is no such folder yet: {said:?}");
    assert!(
        said.err.contains("cp did not carry") && said.err.contains("the backup is good"),
        "{said:?}"
    );
    assert!(place.run(&["backup", "list"]).out.contains("not carried yet"));
    std::fs::create_dir(place.path("elsewhere")).unwrap();
    let said = place.run(&["backup", "now"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("2 backups carried"), "{said:?}");
    assert_eq!(std::fs::read_dir(place.path("elsewhere")).unwrap().count(), 4);
    let listed = place.run(&["backup", "list"]).out;
    assert_eq!(listed.matches("carried").count(), 2, "{listed}");
    assert!(!listed.contains("not carried"), "{listed}");
    // What is carried is a backup by itself.
    let copy = std::fs::read_dir(place.path("elsewhere")).unwrap();
    let copy =
        copy.map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "db");
    assert_eq!(place.run(&["backup", "verify", copy.unwrap().to_str().unwrap()]).code, 0);
}
