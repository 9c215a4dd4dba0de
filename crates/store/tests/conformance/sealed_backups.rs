//! Backups that only who holds their key can read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ports::Backups as _;
use domain::ports::store::{BotStore as _, PostStore as _};
use domain::ports::{BackupNews, Drill};
use store::backup::{self, Backup, BackupError, BackupFolder, FolderBackups, Opener, Watch};
use store::seal::{Keyring, SealKey};
use store::{Db, RestoreError, Role};

use crate::steps::{declare, new_post, nine, secs, start};
use crate::world::{Folder, World};

/// A house with a few rows, and a folder of sealed backups.
struct House {
    world: World,
    folder: Folder,
    backups: BackupFolder,
    keys: Keyring,
}

impl House {
    async fn new() -> Self {
        let world = World::sqlite().await;
        declare(&world, &["canary-bot"]).await;
        let post = new_post("canary-bot", "a canary in a mine", None);
        world.db.store_posts(&[post], start()).await.unwrap();
        let keys = Keyring::of(SealKey::make().unwrap());
        let folder = Folder::new();
        let backups = BackupFolder::new(folder.file("backups"))
            .with_opener(Opener::beside(Path::new(&world.place), keys.clone()));
        Self { world, folder, backups, keys }
    }

    fn take(&self) -> Backup {
        let mut told = |_| {};
        let watch = &mut Watch::new(&mut told, Arc::default());
        backup::take(Path::new(&self.world.place), &self.backups, start(), watch).unwrap()
    }

    fn restore(&self, file: &Path, keys: &Keyring) -> Result<PathBuf, RestoreError> {
        let database = PathBuf::from(self.folder.file("elsewhere/flockwork.db"));
        let mut told = |_| {};
        let watch = &mut Watch::new(&mut told, Arc::default());
        store::restore(file, &database, keys, nine(), watch).map(|_| database)
    }

    fn verify(&self, file: &Path, keys: &Keyring) -> Result<Backup, BackupError> {
        let opener = Opener::beside(Path::new(&self.world.place), keys.clone());
        backup::verify(file, &opener, &mut Watch::new(&mut |_| {}, Arc::default()))
    }

    /// What lies beside the database and is not its own.
    fn left(&self) -> Vec<String> {
        let folder = Path::new(&self.world.place).parent().unwrap();
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(".flockwork")).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_backup_shows_nothing_and_restores_elsewhere_with_its_key() {
    let house = House::new().await;
    let taken = house.take();
    assert!(taken.path.to_string_lossy().ends_with(".sealed"), "{taken:?}");
    for file in [taken.path.clone(), taken.path.with_extension("json")] {
        let bytes = std::fs::read(&file).unwrap();
        for word in ["canary", "SQLite format", "posts"] {
            let is_shown = bytes.windows(word.len()).any(|one| one == word.as_bytes());
            assert!(!is_shown, "{word} in {}", file.display());
        }
    }
    assert_eq!(house.verify(&taken.path, &house.keys).unwrap(), taken);
    assert_eq!(taken.rows["posts"], 1);
    let listed = house.backups.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].manifest.as_ref().unwrap().key(), taken.manifest.key());
    let database = house.restore(&taken.path, &house.keys).unwrap();
    let db = Db::open(&database.display().to_string(), Role::Node).await.unwrap();
    let bot = "canary-bot".to_owned().try_into().unwrap();
    assert!(db.find_bot(&bot).await.unwrap().is_some());
    db.close().await;
    assert_eq!(house.left(), Vec::<String>::new(), "nothing lies open");
    house.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_or_when_it_was_edited_a_sealed_backup_is_refused() {
    let house = House::new().await;
    let taken = house.take();
    let id = house.keys.ids().next().unwrap().as_str();
    for keys in [Keyring::default(), Keyring::of(SealKey::make().unwrap())] {
        let refused = house.restore(&taken.path, &keys).unwrap_err().to_string();
        assert!(refused.contains(id) && refused.contains("FLOCKWORK_BACKUP_KEY_FILE"), "{refused}");
    }
    // Whoever edits both, file and manifest, still has no key.
    let whole = std::fs::read(&taken.path).unwrap();
    let manifest = std::fs::read_to_string(taken.path.with_extension("json")).unwrap();
    let step = whole.len() / 40;
    for place in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        let mut edited = whole.clone();
        edited[place] ^= 0x20;
        std::fs::write(&taken.path, &edited).unwrap();
        let text = manifest.replace(&taken.manifest.sha256, &sha256(&edited));
        std::fs::write(taken.path.with_extension("json"), text).unwrap();
        house.verify(&taken.path, &house.keys).expect_err(&format!("byte {place}"));
    }
    std::fs::write(&taken.path, &whole).unwrap();
    for place in 0..manifest.len() {
        let mut edited = manifest.clone().into_bytes();
        edited[place] ^= 1;
        std::fs::write(taken.path.with_extension("json"), &edited).unwrap();
        house.verify(&taken.path, &house.keys).expect_err(&format!("byte {place} of the manifest"));
    }
    std::fs::write(taken.path.with_extension("json"), &manifest).unwrap();
    house.verify(&taken.path, &house.keys).unwrap();
    assert_eq!(house.left(), Vec::<String>::new());
    house.world.finish().await;
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_knows_sealed_backups_their_copies_and_the_last_drill() {
    let house = House::new().await;
    let kept = FolderBackups::new(house.world.place.clone(), house.backups.clone());
    kept.take(start()).await.unwrap();
    assert_eq!(kept.taken().await.unwrap(), [start()]);
    assert_eq!(kept.news().await.unwrap(), BackupNews::default());
    let file = house.backups.list().unwrap().remove(0).path;
    house.backups.note_carried(&file).unwrap();
    house.backups.note_drill("one", Ok(()), nine()).unwrap();
    house.backups.note_drill("two", Err("no room".to_owned()), nine() + secs(60)).unwrap();
    let drill = Drill {
        backup: "two".to_owned(),
        at: nine() + secs(60),
        good_at: Some(nine()),
        problem: Some("no room".to_owned()),
    };
    let news = BackupNews { is_carried: false, carried: Some(start()), drill: Some(drill) };
    assert_eq!(kept.news().await.unwrap(), news);
    kept.let_go(&[start()]).await.unwrap();
    let left = std::fs::read_dir(house.backups.path()).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".lock", "last-drill.json"]);
    house.world.finish().await;
}
