//! Bands: a few numbers of each text, so that two texts that are alike share one of them.
//!
//! A `MinHash` is the smallest of a set's hashes under one order; two sets have the same one with
//! exactly the probability of their Jaccard index. Five of them in one number (a band) agree only
//! where the texts are much alike, and twenty-five bands make it nearly certain that one does.
//!
//! The numbers are stored, so the algorithm is fixed: shingles are hashed with FNV-1a; order `i`
//! mixes a hash with the finalizer of `SplitMix64` after adding `(i + 1) * 0x9E3779B97F4A7C15`; a
//! band is the FNV-1a of its number and its five values, little-endian. Who changes any of it, or
//! the normal form, raises [`VERSION`], and the store makes the rows of the older version anew.

use crate::rules::chance;

use super::Shingles;

/// Of the numbers that this file makes.
pub const VERSION: u32 = 1;
/// Numbers of a text.
pub const BANDS: usize = 25;
/// Smallest hashes in one number.
pub const ROWS: usize = 5;

/// Added once more for each order: the golden ratio in 64 bits, which keeps the orders apart.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Shingles {
    /// The numbers to store with a text and to look for: [`BANDS`] of them, or none for a text
    /// without pieces, which is like no other. Signed, because databases have no other integers.
    pub fn bands(&self) -> Vec<i64> {
        if self.hashes().is_empty() {
            return Vec::new();
        }
        let orders: Vec<u64> = (1..=(BANDS * ROWS) as u64).map(|i| i.wrapping_mul(STEP)).collect();
        // This is most of what a text costs, and twice as quick without the question whether there is one.
        let smallest = |order: &u64| {
            let mixed = self.hashes().iter().map(|hash| mixed(hash.wrapping_add(*order)));
            mixed.fold(u64::MAX, u64::min)
        };
        let signature: Vec<u64> = orders.iter().map(smallest).collect();
        (0_u64..)
            .zip(signature.chunks_exact(ROWS))
            .map(|(number, rows)| band(number, rows))
            .collect()
    }
}

/// The number is in it, so that one column is enough: equal rows in different bands are not equal.
fn band(number: u64, rows: &[u64]) -> i64 {
    let bytes: Vec<u8> =
        std::iter::once(&number).chain(rows).flat_map(|value| value.to_le_bytes()).collect();
    chance::hash(&bytes).cast_signed()
}

/// The finalizer of `SplitMix64`: every bit of the input moves every bit of the output.
#[inline]
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixing_is_the_published_one() {
        // The first output of SplitMix64 from the seed 0 and from 1234567.
        assert_eq!(mixed(STEP), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mixed(1_234_567_u64.wrapping_add(STEP)), 6_457_827_717_110_365_317);
    }
}
