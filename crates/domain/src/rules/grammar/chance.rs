//! Chance that a seed decides: the same seed writes the same posts, on every machine and in every
//! version, so a test or a bug report can repeat them.

use crate::rules::chance;

/// `SplitMix64`: tiny, well spread, and good from its first value on.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for one part of a work, so that parts do not shift each other.
    pub(super) fn of_part(seed: u64, name: &str, number: u64) -> Self {
        Self::new(Self::new(seed ^ chance::hash(name.as_bytes())).next() ^ Self::new(number).next())
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `count`; 0 if that is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u128::try_from(count).unwrap_or(0);
        usize::try_from((u128::from(self.next()) * count) >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The reference implementation, seed 1234567.
        let mut chance = Chance::new(1_234_567);
        assert_eq!(chance.next(), 6_457_827_717_110_365_317);
        assert_eq!(chance.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_number_has_its_share() {
        let mut counts = [0_u32; 5];
        let mut chance = Chance::new(7);
        for _ in 0..5_000 {
            counts[chance.below(5)] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        assert_eq!(chance.below(0), 0);
    }

    #[test]
    fn parts_have_streams_of_their_own() {
        let first = |name, number| Chance::of_part(1, name, number).next();
        assert_ne!(first("tea", 0), first("tea", 1));
        assert_ne!(first("tea", 0), first("rain", 0));
        assert_eq!(first("tea", 0), first("tea", 0));
    }
}
