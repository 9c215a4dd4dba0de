//! Catching a defect: seeds are tried in order until the judge objects, and that seed is replayed.

use std::io;

use super::Bug;
use crate::director::play_out;
use crate::oracle::Violation;
use crate::plan::{Episode, Size};

/// In which seed a defect was caught, and by what.
#[derive(Debug)]
pub struct Catch {
    /// The defect.
    pub bug: Bug,
    /// The seed of the episode.
    pub seed: u64,
    /// How many were played before.
    pub tried: u64,
    /// What the judge objected to first.
    pub violation: Violation,
    /// The run's hash.
    pub hash: u64,
    /// And that of the same seed played again.
    pub replayed: u64,
}

/// Plays episodes of `size` from `first` on, at most `tries`, until the judge objects.
pub fn catch(bug: Bug, first: u64, tries: u64, size: Size) -> io::Result<Option<Catch>> {
    for tried in 0..tries {
        let seed = first.wrapping_add(tried);
        let played = play_out(Episode::new(seed, size, None), Some(bug))?;
        let Some(violation) = played.violations.into_iter().next() else { continue };
        // The judge must object to the defect, not to the seed.
        if !play_out(Episode::new(seed, size, None), None)?.violations.is_empty() {
            continue;
        }
        let again = play_out(Episode::new(seed, size, None), Some(bug))?;
        let (hash, replayed) = (played.hash, again.hash);
        return Ok(Some(Catch { bug, seed, tried, violation, hash, replayed }));
    }
    Ok(None)
}
