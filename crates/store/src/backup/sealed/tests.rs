//! Whatever is done to a sealed file without its key, it is noticed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::backup::manifest::Inside as Facts;

/// A folder of a test's own, with a file that is sealed and one that is to be.
struct Desk {
    folder: PathBuf,
    keys: Keyring,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("flockwork-sealed-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, keys: Keyring::of(SealKey::make().unwrap()) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Seals so many bytes; returns the manifest beside them.
    fn seal(&self, bytes: usize) -> (Vec<u8>, Manifest) {
        let plain: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
        std::fs::write(self.file("plain"), &plain).unwrap();
        let _ = std::fs::remove_file(self.file("sealed"));
        let rows = BTreeMap::from([("bots".to_owned(), 2)]);
        let facts = Facts { database: "abc".to_owned(), schema: 24, taken_at_ms: 5, rows };
        let inner = Manifest::new(facts, bytes as u64, hex(&Sha256::digest(&plain)));
        let (from, to) = (self.file("plain"), self.file("sealed"));
        let key = self.keys.first().unwrap();
        let outer = seal((&from, &inner), &to, key, &still()).unwrap();
        assert_eq!(outer.bytes, std::fs::metadata(&to).unwrap().len());
        (plain, outer)
    }

    fn open(&self, outer: &Manifest, keys: &Keyring) -> Result<Vec<u8>, BackupError> {
        let mut opened = Vec::new();
        open((&self.file("sealed"), outer), &mut opened, keys, &still()).map(|_| opened)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn still() -> Watch<'static> {
    Watch::new(Box::leak(Box::new(|_| {})), Arc::default())
}

#[test]
fn what_was_sealed_opens_whatever_its_length_and_shows_nothing() {
    let desk = Desk::new("length");
    let head = 4 + desk.seal(0).1.write().len();
    for bytes in [0, 1, 4096, PIECE_BYTES - head - 100, PIECE_BYTES, 3 * PIECE_BYTES + 7] {
        let (plain, outer) = desk.seal(bytes);
        assert_eq!(desk.open(&outer, &desk.keys).unwrap(), plain, "{bytes}");
        let told = outer.write();
        assert!(outer.rows.is_empty() && !told.contains("bots"), "{told}");
    }
    // To the very edges of a piece.
    let inner = 4 + 160;
    for bytes in (2 * PIECE_BYTES - inner - 120)..(2 * PIECE_BYTES - inner + 120) {
        if bytes % 8 == 0 {
            let (plain, outer) = desk.seal(bytes);
            assert_eq!(desk.open(&outer, &desk.keys).unwrap(), plain, "{bytes}");
        }
    }
}

/// The disk, or the memory, may give other bytes when the copy is sealed than when it was read through.
#[test]
fn what_was_sealed_must_be_what_was_read_to_the_last_byte() {
    let desk = Desk::new("holds");
    let (mut plain, outer) = desk.seal(3 * PIECE_BYTES);
    let facts = Facts {
        database: "abc".to_owned(),
        schema: 24,
        taken_at_ms: 5,
        rows: BTreeMap::from([("bots".to_owned(), 2)]),
    };
    let sha256 = hex(&Sha256::digest(&plain));
    let inner = Manifest::new(facts, plain.len() as u64, sha256);
    let holds = |outer: &Manifest| {
        holds((&desk.file("sealed"), outer), &inner, &desk.keys, &still()).unwrap()
    };
    assert!(holds(&outer));
    plain[2 * PIECE_BYTES] ^= 1;
    std::fs::write(desk.file("plain"), &plain).unwrap();
    std::fs::remove_file(desk.file("sealed")).unwrap();
    let key = desk.keys.first().unwrap();
    let outer = seal((&desk.file("plain"), &inner), &desk.file("sealed"), key, &still()).unwrap();
    assert!(!holds(&outer), "its manifests are alike, its bytes are not");
}

#[test]
fn each_changed_byte_and_each_missing_one_is_noticed() {
    let desk = Desk::new("bytes");
    let (_, outer) = desk.seal(1_000);
    let whole = std::fs::read(desk.file("sealed")).unwrap();
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(desk.file("sealed"), &changed).unwrap();
        desk.open(&outer, &desk.keys).expect_err(&format!("byte {place} was changed"));
        std::fs::write(desk.file("sealed"), &whole[..place]).unwrap();
        desk.open(&outer, &desk.keys).expect_err(&format!("cut at {place}"));
    }
    std::fs::write(desk.file("sealed"), [&whole[..], &[0]].concat()).unwrap();
    desk.open(&outer, &desk.keys).expect_err("a byte more");
}

#[test]
fn pieces_that_are_moved_doubled_or_left_out_are_noticed() {
    let desk = Desk::new("pieces");
    let (_, outer) = desk.seal(3 * PIECE_BYTES + 9);
    let whole = std::fs::read(desk.file("sealed")).unwrap();
    let (header, rest) = whole.split_at(HEADER_BYTES);
    let pieces: Vec<&[u8]> = rest.chunks(PIECE_BYTES + TAG_BYTES).collect();
    assert_eq!(pieces.len(), 4);
    for order in [
        &[1, 0, 2, 3][..],
        &[0, 2, 1, 3],
        &[0, 0, 1, 2, 3],
        &[0, 2, 3],
        &[0, 1, 3],
        &[0, 1, 2],
        &[3],
    ] {
        let moved: Vec<u8> =
            order.iter().fold(header.to_vec(), |all, piece| [&all, pieces[*piece]].concat());
        std::fs::write(desk.file("sealed"), moved).unwrap();
        desk.open(&outer, &desk.keys).expect_err(&format!("{order:?}"));
    }
}

#[test]
fn another_manifest_or_another_key_opens_nothing() {
    let desk = Desk::new("other");
    let (_, outer) = desk.seal(10);
    let changes: [fn(&mut Manifest); 3] = [
        |other| other.database = "abd".to_owned(),
        |other| other.taken_at_ms = 6,
        |other| other.schema = 23,
    ];
    for change in changes {
        let mut other = outer.clone();
        change(&mut other);
        desk.open(&other, &desk.keys).expect_err("it is of another database, time or schema");
    }
    for keys in [Keyring::default(), Keyring::of(SealKey::make().unwrap())] {
        let refused = desk.open(&outer, &keys).expect_err("the key is not here");
        let id = desk.keys.ids().next().unwrap().as_str();
        assert!(matches!(&refused, BackupError::NoKey { key, .. } if key == id), "{refused}");
    }
}
