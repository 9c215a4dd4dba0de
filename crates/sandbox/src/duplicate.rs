//! X's duplicate filter. The real one is fuzzy and undocumented; ours is exact on a normal form
//! within a recent window, and can be switched off or made to miss.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// How the filter behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateFilter {
    /// Every repeat within the window is refused.
    #[default]
    On,
    /// Nothing is refused.
    Off,
    /// So many of a thousand repeats slip through.
    Flaky {
        /// How many of a thousand it misses.
        misses_per_mille: u32,
    },
}

/// What two texts must share to count as the same: composed characters, single spaces, no edges.
pub(crate) fn normal_form(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_and_composition_do_not_make_a_text_new() {
        assert_eq!(normal_form("  Cafe\u{301}\n open "), normal_form("Café open"));
        assert_ne!(normal_form("Café open"), normal_form("Café open!"));
    }
}
