//! How much of a proof runs: `./test` runs the short tier, `./prove` the long one, by the same code.
//!
//! A piece of proof is an ordinary test that asks [`Proof::count`] how often to try, and ends with
//! [`Proof::report`], whose one line is what `docs/proof.md` quotes.

use std::fmt::{Display, Write as _};

/// The tier that this run was asked for, and the chance that it draws from.
pub struct Proof {
    piece: &'static str,
    is_long: bool,
    /// Where a piece that draws by lot begins; the line of the report names it.
    pub seed: u64,
}

impl Proof {
    /// The piece of this name, in the tier that `PROOF` names: `long`, or the short one. `PROOF_SEED`
    /// replaces `seed`.
    pub fn of(piece: &'static str, seed: u64) -> Self {
        Self {
            piece,
            is_long: variable("PROOF").as_deref() == Some("long"),
            seed: variable("PROOF_SEED").map_or(seed, |text| {
                text.parse().unwrap_or_else(|_| panic!("PROOF_SEED is no whole number: {text}"))
            }),
        }
    }

    /// How often to try in this tier.
    pub fn count(&self, short: usize, long: usize) -> usize {
        if self.is_long { long } else { short }
    }

    /// Whether this is the long tier.
    pub fn is_long(&self) -> bool {
        self.is_long
    }

    /// One line on standard error: `proof PIECE tier=.. seed=.. NAME=FIGURE ..`. It goes past the
    /// capture of the test runner, so that it is seen although the test passes.
    pub fn report(&self, figures: &[(&str, &dyn Display)]) {
        let tier = if self.is_long { "long" } else { "short" };
        let mut line = format!("proof {} tier={tier} seed={}", self.piece, self.seed);
        for (name, figure) in figures {
            // Writing to a string cannot fail.
            let _ = write!(line, " {name}={figure}");
        }
        // A closed standard error is no reason to fail what was proven.
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{line}\n"));
    }
}

#[expect(clippy::disallowed_methods, reason = "only the tier of a proof is read here")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
