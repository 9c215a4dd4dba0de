//! A bot's mark: a bird of three shapes and two colours, drawn from its name.
//!
//! It tells rows apart without reading. The same name always gives the same bird, on every page and
//! every server.

use std::fmt;

use askama::filters::HtmlSafe;
use domain::model::BotId;

/// The bird of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    body: &'static str,
    wing: &'static str,
    tail: &'static str,
    plumage: &'static str,
    wing_colour: &'static str,
}

/// A round one, a long one, an upright one, a proud one; all look to the right, beak included.
const BODIES: [&str; 4] = [
    "M4 13a7 7 0 0 1 12.6-4.2L22 10l-4.2 2.4A7 7 0 0 1 4 13z",
    "M3 15c1-5 6-8 11-7.6 1.8.1 3.3.8 4.3 1.9L22.5 10.5l-3.8 1.9C17.5 16.5 13 18.5 9 18c-2.6-.3-5-1.3-6-3z",
    "M6 18c-.6-6 1-11 6.5-12 2.6-.5 4.7.8 5.5 2.9L22 10.3l-3.8 1.7C18 16 14.5 19.5 10 19.2 8.5 19.1 7 18.7 6 18z",
    "M4.5 12.5C7 12.5 9 10.5 10.5 8c1.3-2.2 3.3-3.5 5.5-3 1.5.3 2.5 1.3 2.9 2.7L22.5 9l-3.6 1.7c-.2 5-3.4 8.3-7.9 8.3-3.7 0-6.3-2.5-6.5-6.5z",
];
const WINGS: [&str; 4] = [
    "M6.5 12.5c2.5-2 6-2 8.5.3-1.5 2.7-5.8 3.4-8.5-.3z",
    "M7 11.5l8 1-2.5 4c-2.7.3-4.8-1.5-5.5-5z",
    "M8 15.5c0-3 2.5-4.8 6.5-4.3-.3 3.3-3 5.3-6.5 4.3z",
    "M7.5 11c3-.6 6 .6 7 3.5-2.8 1.5-6 .2-7-3.5z",
];
const TAILS: [&str; 4] = [
    "M5.5 12L1 10.5l1.5 5.5 4 .5z",
    "M6 13.5L.8 13.5 3 18l4.5-1z",
    "M6.5 15l-5 1.5 2.5 4 4-2.5z",
    "M5.5 13L2 8.5 1 14l4.5 2.5z",
];

/// Colours that stand on light and on dark paper: contrast with both is at least 3.
const COLOURS: [&str; 12] = [
    "#d1495b", "#c8642b", "#a97b12", "#6f8f1f", "#3b9150", "#1f9485", "#2b8cb0", "#4a7bd0",
    "#7a6bd6", "#a35bc4", "#c452a0", "#8a7a6c",
];

impl Mark {
    /// The bird of `bot`.
    pub(crate) fn of(bot: &BotId) -> Self {
        let seed = hash(bot.as_str());
        let choose = |shift: u32, n: usize| {
            usize::try_from((seed >> shift) % n as u64).expect("less than a usize")
        };
        // Wing and body never have neighbouring colours.
        let plumage = choose(0, COLOURS.len());
        let wing = (plumage + 3 + choose(8, COLOURS.len() - 5)) % COLOURS.len();
        Self {
            body: BODIES[choose(16, BODIES.len())],
            wing: WINGS[choose(28, WINGS.len())],
            tail: TAILS[choose(40, TAILS.len())],
            plumage: COLOURS[plumage],
            wing_colour: COLOURS[wing],
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { body, wing, tail, plumage, wing_colour } = self;
        write!(
            f,
            "<svg class=\"mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
             <path fill=\"{wing_colour}\" d=\"{tail}\"/>\
             <path fill=\"{plumage}\" d=\"{body}\"/>\
             <path fill=\"{wing_colour}\" d=\"{wing}\"/></svg>"
        )
    }
}

impl HtmlSafe for Mark {}

/// FNV-1a, stirred once more: names that differ in their last letter shall differ in every bit.
fn hash(text: &str) -> u64 {
    let fnv1a = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let stirred = (fnv1a ^ (fnv1a >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    stirred ^ (stirred >> 33)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn mark(name: &str) -> Mark {
        Mark::of(&BotId::try_from(name).unwrap())
    }

    #[test]
    fn a_name_always_has_the_same_bird_and_names_differ() {
        assert_eq!(mark("lighthouse"), mark("lighthouse"));
        let birds: BTreeSet<String> =
            (0..200).map(|n| mark(&format!("bot-{n}")).to_string()).collect();
        assert!(birds.len() > 150, "only {} different birds of 200", birds.len());
    }
}
