//! What lies in the folder after a while.

use std::io::Read as _;

use flate2::read::GzDecoder;
use jiff::SignedDuration;
use testkit::{TestClock, at};

use super::tidy::Keeper;
use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A folder for files of at most 40 bytes, of which three are kept, two days at most.
struct Folder {
    dir: tempfile::TempDir,
    clock: Arc<TestClock>,
    policy: LogFiles,
}

impl Folder {
    fn new() -> Self {
        let policy = LogFiles { bytes_max: 40, files_max: 3, age_max: DAY * 2, compresses: true };
        let clock = Arc::new(TestClock::at(at("2026-11-23T23:59:00Z")));
        Self { dir: tempfile::tempdir().unwrap(), clock, policy }
    }

    fn files(&self) -> Files {
        // Tidied by the test alone, so that it sees what it did.
        let never =
            LogFiles { files_max: 1_000, age_max: DAY * 1_000, compresses: false, ..self.policy };
        Files::open(self.dir.path(), never, self.clock.clone()).unwrap()
    }

    fn tidy(&self) {
        let dir = self.dir.path().to_owned();
        Keeper { dir, policy: self.policy, clock: self.clock.clone() }.tidy().unwrap();
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }
}

/// 20 bytes.
fn line(number: u32) -> String {
    format!("line {number:>14}\n")
}

fn write(files: &mut Files, numbers: std::ops::Range<u32>) {
    for number in numbers {
        files.write_all(line(number).as_bytes()).unwrap();
    }
}

#[test]
fn a_file_that_is_full_and_a_day_that_is_over_begin_the_next() {
    let folder = Folder::new();
    let mut files = folder.files();
    write(&mut files, 0..3);
    folder.clock.advance(DAY);
    write(&mut files, 3..4);
    let names =
        ["flockwork.2026-11-23.2.log", "flockwork.2026-11-23.log", "flockwork.2026-11-24.log"];
    assert_eq!(folder.names(), names);
    assert_eq!(folder.read("flockwork.2026-11-23.log"), line(0) + &line(1));
    assert_eq!(folder.read("flockwork.2026-11-24.log"), line(3));
    drop(files);
    // The next start goes on where there is room.
    write(&mut folder.files(), 4..5);
    assert_eq!(folder.read("flockwork.2026-11-24.log"), line(3) + &line(4));
}

#[test]
fn two_processes_write_two_files_and_neither_compresses_the_others() {
    let folder = Folder::new();
    let (mut one, mut other) = (folder.files(), folder.files());
    write(&mut one, 0..1);
    write(&mut other, 1..2);
    folder.tidy();
    assert_eq!(folder.names(), ["flockwork.2026-11-23.2.log", "flockwork.2026-11-23.log"]);
    drop((one, other));
    folder.tidy();
    assert_eq!(folder.names(), ["flockwork.2026-11-23.2.log.gz", "flockwork.2026-11-23.log.gz"]);
}

#[test]
fn what_is_closed_is_compressed_and_the_oldest_go() {
    let folder = Folder::new();
    let mut files = folder.files();
    write(&mut files, 0..9);
    // What a crash left behind, and what is somebody else's.
    std::fs::write(folder.dir.path().join("flockwork.2026-11-22.log.gz.part"), "half").unwrap();
    std::fs::write(folder.dir.path().join("notes.txt"), "mine").unwrap();
    folder.tidy();
    let kept = [
        "flockwork.2026-11-23.3.log.gz",
        "flockwork.2026-11-23.4.log.gz",
        "flockwork.2026-11-23.5.log",
        "notes.txt",
    ];
    assert_eq!(folder.names(), kept);
    let mut text = String::new();
    let packed = File::open(folder.dir.path().join(kept[0])).unwrap();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    assert_eq!(text, line(4) + &line(5));
    // A file of a day long ago goes however few there are; what is written stays.
    folder.clock.advance(DAY * 3);
    folder.tidy();
    assert_eq!(folder.names(), ["flockwork.2026-11-23.5.log", "notes.txt"]);
}

#[test]
fn a_folder_that_goes_away_is_made_anew_with_the_next_file() {
    let folder = Folder::new();
    let mut files = folder.files();
    std::fs::remove_dir_all(folder.dir.path()).unwrap();
    write(&mut files, 0..3);
    assert_eq!(folder.read("flockwork.2026-11-23.2.log"), line(2));
}
