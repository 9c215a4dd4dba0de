//! What is in a table, as one number: whatever differs between two sides, this differs.

use sha2::{Digest as _, Sha256};

use super::MovedTable;
use super::value::Value;
use crate::text::hex;

/// The sum of the rows so far, in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Sum {
    digest: Sha256,
    rows: u64,
}

impl Sum {
    pub(super) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Int(None) | Value::Real(None) | Value::Text(None) => {
                    self.digest.update([0]);
                }
                Value::Int(Some(number)) => self.part(1, &number.to_le_bytes()),
                // Bit for bit: a price that was rounded on the way is another price.
                Value::Real(Some(number)) => self.part(2, &number.to_bits().to_le_bytes()),
                Value::Text(Some(text)) => self.part(3, text.as_bytes()),
            }
        }
    }

    /// With its length before it, so that no two rows read alike.
    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.digest.update([kind]);
        self.digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.digest.update(bytes);
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        if self.rows != other.rows {
            return Some(format!("{} rows and {}", self.rows, other.rows));
        }
        (self.digest.clone().finalize() != other.digest.clone().finalize())
            .then(|| "their content differs".to_owned())
    }

    pub(super) fn named(self, name: String) -> MovedTable {
        MovedTable { name, rows: self.rows, sha256: hex(&self.digest.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        for row in rows {
            sum.add(row);
        }
        sum
    }

    #[test]
    fn rows_that_are_not_the_same_sum_up_to_something_else() {
        let text = |text: &str| Value::Text(Some(text.to_owned()));
        let all: Vec<Vec<Value>> = vec![
            vec![Value::Int(Some(0)), Value::Text(None)],
            vec![Value::Int(None), Value::Text(None)],
            vec![Value::Real(Some(0.0)), Value::Text(None)],
            vec![Value::Real(Some(-0.0)), Value::Text(None)],
            vec![text("a"), text("bc")],
            vec![text("ab"), text("c")],
            vec![text(""), text("abc")],
        ];
        for (place, one) in all.iter().enumerate() {
            for (other_place, other) in all.iter().enumerate() {
                let difference = sum(&[one]).difference(&sum(&[other]));
                assert_eq!(difference.is_none(), place == other_place, "{one:?} {other:?}");
            }
        }
        let (one, other) = (&all[4][..], &all[5][..]);
        assert!(sum(&[one, other]).difference(&sum(&[other, one])).is_some());
        assert!(sum(&[one]).difference(&sum(&[one, one])).is_some());
    }
}
