//! Backups of a database that is being written to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::ports::Backups as _;
use domain::ports::store::{NodeStore as _, PostStore as _};
use domain::rules::chance::hash as hash_of_bytes;
use store::backup::{
    self, Backup, BackupError, BackupFolder, FolderBackups, Manifest, Opener, Watch,
};
use store::seal::Keyring;
use store::{Db, Role};
use testkit::Proof;

use crate::steps::{declare, new_post, nine, secs, start};
use crate::world::{Folder, World};

/// Texts that the load writes at most, so that a long run does not only grow a file.
const TEXTS_MAX: usize = 3_000;

pub(crate) fn take(world: &World, folder: &BackupFolder) -> Result<Backup, BackupError> {
    take_at(world, folder, start())
}

fn take_at(
    world: &World,
    folder: &BackupFolder,
    now: jiff::Timestamp,
) -> Result<Backup, BackupError> {
    let database = Path::new(&world.place);
    backup::take(database, folder, now, &mut Watch::new(&mut |_| {}, Arc::default()))
}

pub(crate) fn verify(file: &Path) -> Result<Backup, BackupError> {
    backup::verify(file, &Opener::default(), &mut Watch::new(&mut |_| {}, Arc::default()))
}

/// A world with some rows, and a folder for its backups.
async fn some_rows() -> (World, Folder, BackupFolder) {
    let world = World::sqlite().await;
    declare(&world, &["ada", "bob"]).await;
    let posts: Vec<_> =
        (0..40).map(|n| new_post("ada", &format!("text {n}"), Some("ships"))).collect();
    world.db.store_posts(&posts, start()).await.unwrap();
    let folder = Folder::new();
    let backups = BackupFolder::new(folder.file("backups"));
    (world, folder, backups)
}

fn manifest_of(file: &Path) -> PathBuf {
    file.with_extension("json")
}

/// Tries a change on a file and takes it back.
fn with_changed(file: &Path, change: impl FnOnce(&mut Vec<u8>), try_it: impl FnOnce()) {
    let whole = std::fs::read(file).unwrap();
    let mut changed = whole.clone();
    change(&mut changed);
    assert_ne!(whole, changed);
    std::fs::write(file, changed).unwrap();
    try_it();
    std::fs::write(file, whole).unwrap();
}

#[tokio::test]
async fn a_backup_holds_everything_and_is_a_file_of_its_own_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, _folder, backups) = some_rows().await;
    let taken = take(&world, &backups).unwrap();
    assert_eq!(verify(&taken.path).unwrap(), taken);
    assert_eq!((taken.taken_at, taken.manifest.rows["posts"]), (start(), 40));
    let names: Vec<String> = std::fs::read_dir(backups.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for path in [&taken.path, &manifest_of(&taken.path)] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(backups.list().unwrap().len(), 1);
    // A second one of the same moment would take its name.
    assert!(matches!(take(&world, &backups), Err(BackupError::Io { .. })));
    assert_eq!(verify(&taken.path).unwrap(), taken);
    world.finish().await;
}

#[tokio::test]
async fn what_is_not_the_backup_that_was_written_is_told_by_what_it_is() {
    let (world, folder, backups) = some_rows().await;
    let file = take(&world, &backups).unwrap().path;
    let damaged = || {
        let verdict = verify(&file);
        assert!(matches!(verdict, Err(BackupError::Damaged { .. })), "{verdict:?}");
    };
    with_changed(&file, |bytes| bytes.truncate(bytes.len() / 2), damaged);
    with_changed(&file, |bytes| bytes.push(0), damaged);
    with_changed(&file, Vec::clear, damaged);
    with_changed(&file, |bytes| bytes[5000] ^= 1, damaged);
    with_changed(&manifest_of(&file), |text| text[40] ^= 1, damaged);

    assert!(matches!(verify(Path::new("/no/such/file")), Err(BackupError::Missing(_))));
    assert!(matches!(verify(backups.path()), Err(BackupError::NotOurs { .. })));
    let alone = PathBuf::from(folder.file("alone.db"));
    std::fs::copy(&file, &alone).unwrap();
    assert!(matches!(verify(&alone), Err(BackupError::NoManifest { .. })));
    let sealed = alone.with_extension("sealed");
    std::fs::write(&sealed, "what nobody can read without a key").unwrap();
    assert!(matches!(verify(&sealed), Err(BackupError::NoManifest { .. })));
    std::fs::write(&alone, "some text that is longer than a header of a hundred bytes; ".repeat(3))
        .unwrap();
    assert!(matches!(verify(&alone), Err(BackupError::NotOurs { .. })));
    assert!(verify(&file).is_ok());
    world.finish().await;
}

/// Somebody who makes a manifest to fit: the file itself still tells.
#[tokio::test]
async fn a_file_of_a_newer_program_or_in_use_is_none_whatever_its_manifest_says() {
    let (world, _folder, backups) = some_rows().await;
    let file = take(&world, &backups).unwrap().path;
    for (sql, is_told) in [
        ("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1", "Newer"),
        ("DELETE FROM meta WHERE key = 'backup_taken_at'", "NotOurs"),
    ] {
        let whole = std::fs::read(&file).unwrap();
        let url = format!("sqlite://{}", file.display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
        let text = std::fs::read_to_string(manifest_of(&file)).unwrap();
        let manifest: Manifest = serde_json::from_str(&text).unwrap();
        let sha = hash(&file);
        std::fs::write(manifest_of(&file), text.replace(&manifest.sha256, &sha)).unwrap();
        let verdict = format!("{:?}", verify(&file).unwrap_err());
        assert!(verdict.starts_with(is_told), "{verdict}");
        std::fs::write(&file, whole).unwrap();
        std::fs::write(manifest_of(&file), text).unwrap();
    }
    world.finish().await;
}

fn hash(file: &Path) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(std::fs::read(file).unwrap());
    digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[tokio::test]
async fn what_a_dead_process_left_half_done_is_cleared_away_and_nothing_else() {
    let (world, _folder, backups) = some_rows().await;
    let first = take(&world, &backups).unwrap();
    for name in ["flockwork-20261123T080001-000Z.db.partial", "flockwork-20261123T080001-000Z.json"]
    {
        std::fs::write(backups.path().join(name), "half").unwrap();
    }
    std::fs::write(backups.path().join("notes.json"), "mine").unwrap();
    assert_eq!(backups.list().unwrap().len(), 1);
    take_at(&world, &backups, start() + secs(2)).unwrap();
    let left = std::fs::read_dir(backups.path()).unwrap().count();
    assert_eq!(left, 2 * 2 + 1 + 1, "two backups, the lock, and what is not ours");
    assert_eq!(verify(&first.path).unwrap(), first);
    world.finish().await;
}

#[tokio::test]
async fn work_that_is_broken_off_leaves_nothing() {
    let (world, _folder, backups) = some_rows().await;
    let stop = Arc::new(AtomicBool::new(true));
    let database = Path::new(&world.place);
    let taken = backup::take(database, &backups, start(), &mut Watch::new(&mut |_| {}, stop));
    assert!(matches!(taken, Err(BackupError::Stopped)), "{taken:?}");
    assert!(backups.list().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(backups.path()).unwrap().count(), 1, "the lock");
    world.finish().await;
}

#[tokio::test]
async fn the_port_lets_only_backups_of_its_own_database_go() {
    let (world, _folder, backups) = some_rows().await;
    let other = World::sqlite().await;
    take(&other, &backups).unwrap();
    let port = FolderBackups::new(&world.place, backups.clone());
    assert_eq!(port.taken().await.unwrap(), []);
    for hours in [1, 2] {
        port.take(start() + secs(hours * 3600)).await.unwrap();
    }
    let taken = port.taken().await.unwrap();
    assert_eq!(taken.len(), 2);
    port.let_go(&[start(), taken[1]]).await.unwrap();
    assert_eq!(port.taken().await.unwrap(), [taken[0]]);
    assert_eq!(backups.list().unwrap().len(), 2, "the other database's is still there");
    other.finish().await;
    world.finish().await;
}

/// What a writer did.
struct Written {
    commits: u64,
    slowest: Duration,
}

/// Writes until told to stop.
async fn load(db: Db, name: &'static str, stop: Arc<AtomicBool>) -> Written {
    let mut written = Written { commits: 0, slowest: Duration::ZERO };
    while !stop.load(Ordering::Acquire) {
        let n = usize::try_from(written.commits).unwrap() % TEXTS_MAX;
        let texts: Vec<_> =
            (0..4).map(|part| new_post(name, &format!("{name} {n} {part}"), None)).collect();
        let began = clock();
        db.store_posts(&texts, start()).await.unwrap();
        written.slowest = written.slowest.max(began.elapsed());
        db.set_kill_switch(n.is_multiple_of(2), nine()).await.unwrap();
        written.commits += 2;
    }
    written
}

#[expect(clippy::disallowed_methods, reason = "this test measures")]
fn clock() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "what hangs or writes must not hold the test up")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_backup_under_load_is_whole_and_restores_and_a_changed_one_is_refused() {
    let proof = Proof::of("backups under load", 7);
    let count = proof.count(20, 500);
    let (world, folder, backups) = some_rows().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers =
        ["ada", "bob"].map(|name| tokio::spawn(load(world.db.clone(), name, stop.clone())));
    let target = folder.file("restored.db");
    let (mut refused, mut bytes, mut grew) = (0, 0, 0);
    let mut seen = 0;
    for n in 0..count {
        let now = start() + secs(i64::try_from(n).unwrap());
        let (world_place, folder) = (PathBuf::from(&world.place), backups.clone());
        let taken = tokio::task::spawn_blocking(move || {
            backup::take(&world_place, &folder, now, &mut Watch::new(&mut |_| {}, Arc::default()))
        });
        let taken = taken.await.unwrap().unwrap();
        assert_eq!(verify(&taken.path).unwrap(), taken);
        bytes += taken.manifest.bytes;
        grew += usize::from(taken.manifest.rows["events"] > seen);
        seen = taken.manifest.rows["events"];
        refused += refuse_changed(&taken, proof.seed.wrapping_add(n as u64));
        restore_and_open(&taken, &target).await;
        for path in [&taken.path, &manifest_of(&taken.path)] {
            std::fs::remove_file(path).unwrap();
        }
    }
    stop.store(true, Ordering::Release);
    let (mut commits, mut slowest) = (0, Duration::ZERO);
    for writer in writers {
        let written = writer.await.unwrap();
        commits += written.commits;
        slowest = slowest.max(written.slowest);
    }
    assert!(grew > count / 2, "the load wrote between {grew} of {count} backups");
    proof.report(&[
        ("backups", &count),
        ("restored", &count),
        ("megabytes", &(bytes / 1_000_000)),
        ("changed_and_refused", &refused),
        ("commits_meanwhile", &commits),
        ("slowest_commit_ms", &slowest.as_millis()),
        ("bad", &0),
    ]);
    world.finish().await;
}

/// Two changes to the file and one to the manifest, at places that `seed` draws.
fn refuse_changed(taken: &Backup, seed: u64) -> usize {
    let draw = |salt: u64, below: usize| {
        let word = hash_of_bytes(&[seed.to_le_bytes(), salt.to_le_bytes()].concat());
        usize::try_from(word % u64::try_from(below).unwrap()).unwrap()
    };
    let (file, manifest) = (taken.path.clone(), manifest_of(&taken.path));
    let refuse = || assert!(verify(&taken.path).is_err(), "seed {seed}");
    let bit = 1_u8 << draw(1, 8);
    let length = |path: &Path| usize::try_from(std::fs::metadata(path).unwrap().len()).unwrap();
    let (cut, place) = (draw(2, length(&file)), draw(3, length(&file)));
    let word = draw(4, length(&manifest));
    with_changed(&file, |all| all.truncate(cut), refuse);
    with_changed(&file, |all| all[place] ^= bit, refuse);
    with_changed(&manifest, |all| all[word] ^= bit, refuse);
    3
}

async fn restore_and_open(taken: &Backup, target: &str) {
    let mut told = |_| {};
    let mut watch = Watch::new(&mut told, Arc::default());
    let keys = Keyring::default();
    let restored =
        store::restore(&taken.path, Path::new(target), &keys, nine(), &mut watch).unwrap();
    assert_eq!(restored.backup, *taken);
    let db = Db::open(target, Role::Node).await.unwrap();
    assert_eq!(db.history().await.unwrap().lost_since, Some(taken.taken_at));
    db.distrust_history(taken.taken_at, nine()).await.unwrap();
    assert_eq!(db.history().await.unwrap().lost_since, None);
    db.close().await;
    if let Some(kept) = restored.kept {
        std::fs::remove_file(kept).unwrap();
    }
}
