//! A disk that is full, for the database and for the log, and a file that was damaged (faults 15, 16
//! and 19).

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::Proof;
use testkit::postgres::Cluster;

use crate::harness::trial::eight;
use crate::harness::{Chance, Home, Record, Sandbox, Trial, moment, pause, until};

/// The log of the database alone grows to 16 MiB before it is emptied into the file; the rest is filled
/// by the test.
const DATABASE_SIZE: &str = "48m";
const SETTLED_SECS_MAX: u64 = 75;

/// A file system in memory that has little room; it is taken away when this is dropped.
struct Small(PathBuf);

impl Small {
    fn on(folder: PathBuf, size: &str) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder");
        let size = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).status();
        assert!(
            mounted.is_ok_and(|done| done.success()),
            "a small file system cannot be mounted; run the tests as root where mounting is allowed"
        );
        Self(folder)
    }

    /// Takes all the room but this much.
    fn fill_but(&self, bytes: u64) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).expect("a file on a small disk");
        let block = [1; 4096];
        let mut taken = 0;
        while file.write_all(&block).is_ok() {
            taken += 4096;
        }
        file.set_len(u64::saturating_sub(taken, bytes)).expect("a shorter file");
        path
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: the node may still hold files on it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_stops_sends_and_when_there_is_room_the_node_goes_on_by_itself() {
    let proof = Proof::of("full-disk", 20_261_131);
    let (fills, started) = (proof.count(5, 150), moment());
    let mut trial = Trial::new(eight(), "fast");
    trial.home.set("FLOCKWORK_DISK_RESERVE_MB", "0");
    let disk = Small::on(trial.home.path().join("data"), DATABASE_SIZE);
    let mut node = trial.home.serve();
    let mut chance = Chance::of(proof.seed);
    let mut unready = 0;
    for fill in 0..fills {
        pause(Duration::from_millis(chance.between(300, 2_000)));
        // Some times a few pages still fit, so that it breaks amid a transaction.
        let left = if fill % 2 == 0 { 0 } else { chance.between(0, 96 * 1024) };
        let ballast = disk.fill_but(left);
        if left == 0 {
            // A log that was emptied into the file begins anew, and needs no room for a while.
            let accepted = trial.sandbox.truth().len();
            unready += until("/readyz saying no, or posts", 20, || {
                let is_unready = trial.home.get("/readyz")?.status == 503;
                let goes_on = trial.sandbox.truth().len() > accepted + 16;
                (is_unready || goes_on).then_some(usize::from(is_unready))
            });
        } else {
            pause(Duration::from_millis(chance.between(300, 2_000)));
        }
        std::fs::remove_file(ballast).unwrap();
        let accepted = trial.sandbox.truth().len();
        until("posts when there is room", 30, || {
            assert!(node.is_running(), "the node ended:\n{}", node.log());
            (trial.sandbox.truth().len() > accepted + 2).then_some(())
        });
        until("/readyz saying yes", 20, || {
            trial.home.get("/readyz").filter(|reply| reply.status == 200)
        });
    }
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    let is_said = node.log().contains("no room left");
    node.stop();
    let verdict = trial.verdict(settled_by);
    assert!(unready > 0, "the disk was never full");
    assert!(is_said, "the log does not say that there was no room");
    proof.report(&[
        ("fills", &fills),
        ("seen_unready", &unready),
        ("posts", &verdict.posts()),
        ("adopted", &verdict.adopted()),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

#[test]
fn a_disk_that_is_nearly_full_keeps_its_last_room_for_outcomes() {
    let mut trial = Trial::new(eight(), "fast");
    trial.home.set("FLOCKWORK_DISK_RESERVE_MB", "20");
    let disk = Small::on(trial.home.path().join("data"), "150m");
    let node = trial.home.serve();
    let posts = || trial.sandbox.truth().len();
    until("posts", 30, || (posts() >= 4).then_some(()));

    let ballast = disk.fill_but(12_000_000);
    let says = |reason: &str| trial.home.health().to_string().contains(reason).then_some(());
    until("/health saying why nothing is sent", 20, || says("disk_full"));
    pause(Duration::from_secs(1));
    let before = posts();
    pause(Duration::from_secs(4));
    assert_eq!(posts(), before, "slots were due, and nothing was sent for them");
    assert_eq!(trial.home.get("/readyz").map(|reply| reply.status), Some(200), "pages are served");

    // Enough for sends, and little for new texts.
    std::fs::remove_file(&ballast).unwrap();
    disk.fill_but(60_000_000);
    until("/health saying that there is little room", 20, || says("disk_low"));
    until("posts", 30, || (posts() > before).then_some(()));
    std::fs::remove_file(ballast).unwrap();
    until("a well node", 20, || says("disk_").is_none().then_some(()));
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    node.stop();
    trial.verdict(settled_by);
}

#[test]
fn a_full_disk_of_the_server_stops_sends_and_when_there_is_room_the_node_goes_on_by_itself() {
    // Its log of writes has room, so that the server lives and says what it cannot store.
    let server = Cluster::alone("full");
    let disk = Small::on(server.socket_folder().join("little"), DATABASE_SIZE);
    let given = Command::new("chown").arg("postgres").arg(&disk.0).status();
    assert!(given.is_ok_and(|done| done.success()), "the server owns its small disk");
    server.tell(&format!("CREATE TABLESPACE little LOCATION '{}'", disk.0.display()));
    server.tell("CREATE DATABASE little TABLESPACE little");
    let mut trial = Trial::new(eight(), "fast");
    trial.home.set("DATABASE_URL", &server.url_of("little"));
    let mut node = trial.home.serve();
    let posts = |more: usize| {
        let before = trial.sandbox.truth().len();
        until("posts", 30, || (trial.sandbox.truth().len() >= before + more).then_some(()));
    };
    posts(4);
    let ballast = disk.fill_but(0);
    until("/readyz saying no", 60, || {
        trial.home.get("/readyz").filter(|reply| reply.status == 503)
    });
    std::fs::remove_file(ballast).unwrap();
    posts(4);
    until("/readyz saying yes", 20, || {
        trial.home.get("/readyz").filter(|reply| reply.status == 200)
    });
    assert!(node.is_running(), "the node ended:\n{}", node.log());
    let settled_by = trial.settle(SETTLED_SECS_MAX);
    assert!(node.log().contains("no room left"), "{}", node.log());
    node.stop();
    // Nothing twice, nothing lost, and nothing that X has without an intent.
    trial.verdict(settled_by);
}

#[test]
fn a_full_disk_for_the_log_stops_no_post() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let disk = Small::on(home.path().join("logs"), "64k");
    home.set("LOG_DIR", &disk.0.display().to_string()).set("LOG_LEVEL", "debug");
    let node = home.serve();
    let ballast = disk.fill_but(0);
    until("six posts", 30, || (sandbox.accepted("ada") >= 6).then_some(()));
    assert_eq!(home.get("/readyz").map(|reply| reply.status), Some(200));
    assert!(node.log().contains("The log files cannot be written"), "{}", node.log());
    let metrics = home.get("/metrics").expect("the node answers").body;
    let lost = metrics
        .lines()
        .find(|line| line.starts_with("flockwork_log_lines_lost_total{sink=\"files\"}"));
    assert!(lost.is_some_and(|line| !line.ends_with(" 0")), "{metrics}");
    std::fs::remove_file(ballast).unwrap();
    until("the log saying what it lost", 20, || {
        node.log().contains("The log files lack").then_some(())
    });
    node.stop();
}

/// A database of a bot that posted a few times, closed.
fn small_database() -> (Home, Record) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let node = home.serve();
    until("four posts", 30, || (sandbox.accepted("ada") >= 4).then_some(()));
    node.stop();
    let record = home.record();
    (home, record)
}

#[test]
fn a_backup_is_not_unpacked_where_it_would_take_the_last_room() {
    let (mut home, _) = small_database();
    let kept = home.path().join("kept");
    home.set("FLOCKWORK_BACKUP_DIR", &kept.display().to_string());
    assert_eq!(home.run(&["key", "new", "--into", "backup-key"]).code, Some(0));
    home.set("FLOCKWORK_BACKUP_KEY_FILE", "backup-key");
    let taken = home.run(&["backup", "now"]);
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    // The database lies on a small disk from now on.
    let small = Small::on(home.path().join("small"), "64m");
    let database = small.0.join("flockwork.db");
    std::fs::copy(home.database(), &database).expect("there is room for that");
    home.set("DATABASE_URL", &format!("sqlite:{}", database.display()));
    for command in ["verify", "drill"] {
        let refused = home.run(&["backup", command]);
        assert_eq!(refused.code, Some(73), "{command}: {}{}", refused.out, refused.err);
        let told = format!("{}{}", refused.out, refused.err);
        assert!(told.contains("to unpack") && told.contains("has room for"), "{command}: {told}");
    }
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").path();
    let sealed = std::fs::read_dir(&kept).expect("the folder of backups").map(name);
    let sealed =
        sealed.into_iter().find(|path| path.extension().is_some_and(|end| end == "sealed"));
    let sealed = sealed.expect("a backup").display().to_string();
    let ballast = small.fill_but(100_000);
    let before = std::fs::read(&database).expect("the database");
    let refused = home.run(&["restore", &sealed]);
    assert_eq!(refused.code, Some(73), "{}", refused.err);
    assert!(refused.err.contains("to unpack"), "{}", refused.err);
    assert!(std::fs::read(&database).expect("the database") == before, "it was touched");
    // A restore needs what the backup is long, and no more: no node works meanwhile.
    std::fs::remove_file(ballast).expect("it is ours");
    let restored = home.run(&["restore", &sealed]);
    assert_eq!(restored.code, Some(0), "{}", restored.err);
}

#[test]
fn a_flipped_byte_is_found_or_harms_nobody_and_the_file_is_never_replaced() {
    /// Done; not ours any more; a fault of the schema; damaged; newer.
    const CODES: [i32; 5] = [0, 65, 70, 74, 76];
    let proof = Proof::of("flipped-bytes", 20_261_132);
    let (flips, started) = (proof.count(30, 1_000), moment());
    let (home, record) = small_database();
    let path = home.database();
    let whole = std::fs::read(&path).unwrap();
    let mut chance = Chance::of(proof.seed);
    let (mut found, mut harmless) = (0, 0);
    for _ in 0..flips {
        let mut damaged = whole.clone();
        let at = usize::try_from(chance.between(0, whole.len() as u64)).unwrap();
        damaged[at] ^= u8::try_from(chance.between(1, 256)).unwrap();
        replace(&path, &damaged);
        let ended = home.run(&["stats"]);
        let code = ended.code.unwrap_or_default();
        assert!(CODES.contains(&code) && !ended.err.contains("panicked"), "byte {at}: {ended:?}");
        if code == 0 {
            harmless += 1;
            let after = Record::of_sqlite(&path);
            assert_eq!(after.receipts.len(), record.receipts.len(), "byte {at}: rows are gone");
            assert_eq!(after.slots.len(), record.slots.len(), "byte {at}: rows are gone");
        } else {
            found += 1;
            assert!(ended.err.starts_with("error: "), "byte {at}: {ended:?}");
            assert!(std::fs::read(&path).unwrap() == damaged, "byte {at}: the file was touched");
        }
    }
    assert!(found > 0 && harmless > 0, "one kind only: {found} found, {harmless} harmless");
    proof.report(&[
        ("flips", &flips),
        ("found", &found),
        ("harmless", &harmless),
        ("replaced", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

fn replace(path: &Path, bytes: &[u8]) {
    for ending in ["-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        // Mostly there is none.
        let _ = std::fs::remove_file(file);
    }
    std::fs::write(path, bytes).expect("a file can be written");
}
