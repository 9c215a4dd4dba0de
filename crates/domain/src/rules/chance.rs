//! Chance that survives a restart: derived from ids, never rolled.

use jiff::SignedDuration;

/// FNV-1a, 64 bits. Fixed here because the same id must give the same jitter in every version.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The hash of several parts, kept apart.
pub fn hash_of(parts: &[&str]) -> u64 {
    hash(parts.join("\u{1f}").as_bytes())
}

/// A duration from zero to below `max`, decided by `seed`, in whole milliseconds.
pub fn below(max: SignedDuration, seed: u64) -> SignedDuration {
    let span = u64::try_from(max.as_millis()).unwrap_or(0);
    let mixed = hash(&seed.to_le_bytes());
    let millis = if span == 0 { 0 } else { (mixed ^ (mixed >> 32)) % span };
    SignedDuration::from_millis(i64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // Vectors of the FNV reference: "" and "a".
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(hash_of(&["ab", "c"]), hash_of(&["a", "bc"]));
    }

    #[test]
    fn a_duration_stays_below_its_bound_and_spreads() {
        let max = SignedDuration::from_secs(10);
        let all: Vec<_> = (0..1_000).map(|seed| below(max, seed)).collect();
        assert!(all.iter().all(|d| *d < max && *d >= SignedDuration::ZERO));
        let early = all.iter().filter(|d| **d < SignedDuration::from_secs(5)).count();
        assert!((400..600).contains(&early), "{early}");
        assert_eq!(below(SignedDuration::ZERO, 3), SignedDuration::ZERO);
    }
}
