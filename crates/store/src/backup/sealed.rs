//! A backup that only who holds the key can read: STREAM over XChaCha20-Poly1305, piece by piece. Each
//! piece is bound to its place and the last one says that it is the last, so nothing can be cut off, moved
//! or changed without being noticed; and all of them are bound to what the manifest says of the file.
//!
//! ```text
//! mark · name of the key · nonce · pieces: [length of the inner manifest · inner manifest · database]
//! ```

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aead_stream::aead::KeyInit as _;
use aead_stream::aead::Payload;
use aead_stream::{DecryptorBE32, EncryptorBE32, NewStream as _, StreamBE32};
use chacha20poly1305::XChaCha20Poly1305;
use sha2::{Digest as _, Sha256};

use super::manifest::{self, Manifest};
use super::{BackupError, Watch};
use crate::seal::{KeyId, Keyring, SealKey, random};
use crate::text::hex;

const MARK: &[u8; 10] = b"flockwork\x01";
const ID_BYTES: usize = 16;
const NONCE_BYTES: usize = 19;
const HEADER_BYTES: usize = MARK.len() + ID_BYTES + NONCE_BYTES;
const PIECE_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
/// Only its owner reads a file that was opened.
const MODE: u32 = 0o600;

type Nonce = [u8; NONCE_BYTES];

/// What every piece is bound to: the file's own header, and the manifest that lies beside it.
fn bound(header: &[u8], outer: &Manifest) -> Vec<u8> {
    let facts = format!("{}\0{}\0{}", outer.database, outer.schema, outer.taken_at_ms);
    [header, facts.as_bytes()].concat()
}

/// Seals the database at `plain`, of which `inner` tells, into a new file at `to`; returns the manifest
/// that may lie beside it.
pub(super) fn seal(
    (plain, inner): (&Path, &Manifest),
    to: &Path,
    key: &SealKey,
    watch: &Watch<'_>,
) -> Result<Manifest, BackupError> {
    let unwritable = || BackupError::io("written", to);
    let mut nonce: Nonce = [0; NONCE_BYTES];
    if !random::fill(&mut nonce) {
        let error = io::Error::other("this system gives no random numbers now");
        return Err(unwritable()(error));
    }
    let header = [MARK.as_slice(), key.id().as_str().as_bytes(), &nonce].concat();
    let bound = bound(&header, inner);
    let mut options = OpenOptions::new();
    let file = options.create_new(true).write(true).mode(MODE).open(to).map_err(unwritable())?;
    let mut out = Counted { to: file, digest: Sha256::new(), bytes: 0 };
    out.write_all(&header).map_err(unwritable())?;
    let mut stream = EncryptorBE32::from_stream_primitive(stream_of(key, &nonce));
    let mut source = source(plain, inner)?;
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    loop {
        watch.demand_going_on()?;
        piece.clear();
        fill(&mut source, &mut piece, PIECE_BYTES).map_err(BackupError::io("read", plain))?;
        let failed = |_| unwritable()(io::Error::other("it is too long to be sealed"));
        if piece.len() < PIECE_BYTES {
            let payload = Payload { msg: &piece, aad: &bound };
            let closed = stream.encrypt_last(payload).map_err(failed)?;
            out.write_all(&closed).map_err(unwritable())?;
            break;
        }
        let payload = Payload { msg: &piece, aad: &bound };
        let closed = stream.encrypt_next(payload).map_err(failed)?;
        out.write_all(&closed).map_err(unwritable())?;
    }
    out.to.sync_all().map_err(unwritable())?;
    Ok(inner.sealed(key.id(), out.bytes, hex(&out.digest.finalize())))
}

/// Writes the database that is sealed in `file` to `to`, as far as it is what was sealed; returns the
/// manifest from within. Whoever reads `to` looks at the outcome first.
pub(crate) fn open(
    (file, outer): (&Path, &Manifest),
    to: &mut dyn Write,
    keys: &Keyring,
    watch: &Watch<'_>,
) -> Result<Manifest, BackupError> {
    let damaged = || BackupError::damaged(file, "it was changed, cut off or put together anew");
    let unreadable = || BackupError::io("read", file);
    let mut source = BufReader::with_capacity(PIECE_BYTES, File::open(file).map_err(unreadable())?);
    let mut header = [0; HEADER_BYTES];
    source.read_exact(&mut header).map_err(|_| damaged())?;
    let (mark, rest) = header.split_at(MARK.len());
    let (id, nonce) = rest.split_at(ID_BYTES);
    let id = std::str::from_utf8(id).ok().and_then(KeyId::parse).ok_or_else(damaged)?;
    if mark != MARK || outer.key() != Some(id.as_str()) {
        return Err(damaged());
    }
    let key = keys.find(&id).ok_or_else(|| BackupError::no_key(file, &id, keys))?;
    let bound = bound(&header, outer);
    let nonce = Nonce::try_from(nonce).expect("it was split at its length");
    let mut stream = DecryptorBE32::from_stream_primitive(stream_of(key, &nonce));
    let mut inside = Inside { buffer: Vec::new(), manifest: None, to };
    let mut closed = Vec::with_capacity(PIECE_BYTES + TAG_BYTES);
    let mut ahead = Vec::new();
    loop {
        watch.demand_going_on()?;
        closed.clear();
        closed.append(&mut ahead);
        fill(&mut source, &mut closed, PIECE_BYTES + TAG_BYTES).map_err(unreadable())?;
        // A piece of full length is never the last one.
        let is_last = closed.len() < PIECE_BYTES + TAG_BYTES;
        let payload = Payload { msg: &closed, aad: &bound };
        if is_last {
            let opened = stream.decrypt_last(payload).map_err(|_| damaged())?;
            inside.take(&opened).map_err(BackupError::io("written", file))?;
            break;
        }
        let opened = stream.decrypt_next(payload).map_err(|_| damaged())?;
        inside.take(&opened).map_err(BackupError::io("written", file))?;
    }
    inside.manifest.ok_or_else(damaged)
}

/// Whether what is sealed in `file` is that of which `inner` tells, to the last byte.
pub(super) fn holds(
    (file, outer): (&Path, &Manifest),
    inner: &Manifest,
    keys: &Keyring,
    watch: &Watch<'_>,
) -> Result<bool, BackupError> {
    let mut read = Counted { to: io::sink(), digest: Sha256::new(), bytes: 0 };
    let told = open((file, outer), &mut read, keys, watch)?;
    let (bytes, sha256) = (read.bytes, hex(&read.digest.finalize()));
    Ok(told == *inner && (bytes, &sha256) == (inner.bytes, &inner.sha256))
}

fn stream_of(key: &SealKey, nonce: &Nonce) -> StreamBE32<XChaCha20Poly1305> {
    StreamBE32::from_aead(XChaCha20Poly1305::new(key.bytes().into()), &(*nonce).into())
}

/// The length of the inner manifest, the manifest, the database.
fn source(plain: &Path, inner: &Manifest) -> Result<impl Read, BackupError> {
    let text = inner.write();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let file = File::open(plain).map_err(BackupError::io("read", plain))?;
    let head = io::Cursor::new([length.as_slice(), text.as_bytes()].concat());
    Ok(head.chain(BufReader::with_capacity(PIECE_BYTES, file)))
}

/// Reads until there are `length` bytes, or no more.
fn fill(source: &mut impl Read, buffer: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let missing = length.saturating_sub(buffer.len()) as u64;
    source.by_ref().take(missing).read_to_end(buffer).map(|_| ())
}

/// What was written, counted.
struct Counted<W> {
    to: W,
    digest: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// What comes out of the pieces: first the manifest, then the database.
struct Inside<'a> {
    buffer: Vec<u8>,
    manifest: Option<Manifest>,
    to: &'a mut dyn Write,
}

impl Inside<'_> {
    fn take(&mut self, opened: &[u8]) -> io::Result<()> {
        if self.manifest.is_some() {
            return self.to.write_all(opened);
        }
        self.buffer.extend_from_slice(opened);
        let Some((length, rest)) = self.buffer.split_first_chunk::<4>() else { return Ok(()) };
        let length = u32::from_be_bytes(*length) as usize;
        if length as u64 > manifest::BYTES_MAX {
            return Err(io::Error::other("its manifest is too long"));
        }
        let Some((text, database)) = rest.split_at_checked(length) else { return Ok(()) };
        let manifest = Manifest::parse(text).map_err(io::Error::other)?;
        self.to.write_all(database)?;
        self.manifest = Some(manifest);
        self.buffer = Vec::new();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
