//! The audit log as a chain: each line's hash covers the line and the hash of the one before it, so a
//! line that is changed or taken out breaks the chain where it stood. What is cut off at the end shows
//! against the head, which is kept apart. Whoever can write both can write another chain; so the last
//! hash is worth keeping elsewhere.

use sha2::{Digest, Sha256};

use crate::model::access::{ActLine, hex};

/// What stands before the first line.
pub const GENESIS: &str = "flockwork";

/// Where a chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// A line is missing.
    #[error("line {0} is missing")]
    Missing(i64),
    /// A line, or the one before it, is not what was written.
    #[error("line {0} was changed after it was written")]
    Changed(i64),
    /// The head was set back.
    #[error("line {0} stands after the one that was written last")]
    Beyond(i64),
    /// The end is missing.
    #[error("the log ends at line {found}, but {written} lines were written")]
    CutOff {
        /// The last line that is there.
        found: i64,
        /// The last line that was written.
        written: i64,
    },
}

/// The hash of a line after one of hash `before`, in hex. Every field stands with its length before it:
/// two different lines never read the same.
pub fn hash(before: &str, line: &ActLine) -> String {
    let mut sum = Sha256::new();
    let number = line.number.to_string();
    let at = line.at.as_millisecond().to_string();
    let fields = [
        Some(before),
        Some(&number),
        Some(&at),
        Some(&line.kind),
        Some(&line.actor),
        Some(&line.action),
        Some(&line.object),
        line.detail.as_deref(),
        line.address.as_deref(),
    ];
    for field in fields {
        match field {
            Some(text) => {
                sum.update((text.len() as u64 + 1).to_be_bytes());
                sum.update(text.as_bytes());
            }
            None => sum.update(0_u64.to_be_bytes()),
        }
    }
    hex(&sum.finalize())
}

/// Follows a chain line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    number: i64,
    hash: String,
}

impl Default for Follow {
    fn default() -> Self {
        Self { number: 0, hash: GENESIS.to_owned() }
    }
}

impl Follow {
    /// The next line, which must be the next.
    pub fn line(&mut self, line: &ActLine) -> Result<(), Break> {
        if line.number != self.number + 1 {
            return Err(Break::Missing(self.number + 1));
        }
        if hash(&self.hash, line) != line.hash {
            return Err(Break::Changed(line.number));
        }
        (self.number, self.hash) = (line.number, line.hash.clone());
        Ok(())
    }

    /// The end, which must be where `head` says.
    pub fn end(&self, head: (i64, &str)) -> Result<(), Break> {
        match head {
            (written, _) if written != self.number => {
                Err(Break::CutOff { found: self.number, written })
            }
            (written, hash) if hash != self.hash => Err(Break::Changed(written)),
            (_, _) => Ok(()),
        }
    }

    /// The number of the last line, and its hash.
    pub fn head(&self) -> (i64, &str) {
        (self.number, &self.hash)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn lines() -> Vec<ActLine> {
        let mut before = GENESIS.to_owned();
        (1..=4)
            .map(|number| {
                let mut line = ActLine {
                    number,
                    at: Timestamp::from_second(number).unwrap(),
                    kind: "user".to_owned(),
                    actor: "eve".to_owned(),
                    action: "post.approve".to_owned(),
                    object: format!("post {number}"),
                    detail: (number % 2 == 0).then(|| "a reason".to_owned()),
                    address: None,
                    hash: String::new(),
                };
                line.hash = hash(&before, &line);
                before.clone_from(&line.hash);
                line
            })
            .collect()
    }

    fn follow(lines: &[ActLine], head: (i64, &str)) -> Result<(), Break> {
        let mut follow = Follow::default();
        lines.iter().try_for_each(|line| follow.line(line))?;
        follow.end(head)
    }

    #[test]
    fn whatever_is_changed_is_named() {
        let whole = lines();
        let head = (4, whole[3].hash.clone());
        let of = |lines: &[ActLine]| follow(lines, (head.0, &head.1));
        assert_eq!(of(&whole), Ok(()));
        assert_eq!(of(&whole[..3]), Err(Break::CutOff { found: 3, written: 4 }));
        let mut without = whole.clone();
        without.remove(1);
        assert_eq!(of(&without), Err(Break::Missing(2)));
        for change in [
            |line: &mut ActLine| line.actor = "mallory".to_owned(),
            |line: &mut ActLine| line.detail = Some(String::new()),
            |line: &mut ActLine| line.address = Some(String::new()),
            |line: &mut ActLine| line.at = Timestamp::from_second(99).unwrap(),
        ] {
            let mut changed = whole.clone();
            change(&mut changed[2]);
            assert_eq!(of(&changed), Err(Break::Changed(3)));
        }
    }

    #[test]
    fn words_do_not_move_between_fields() {
        let mut line = lines().remove(0);
        (line.action, line.object) = ("ab".to_owned(), "c".to_owned());
        let one = hash(GENESIS, &line);
        (line.action, line.object) = ("a".to_owned(), "bc".to_owned());
        assert_ne!(one, hash(GENESIS, &line));
    }
}
