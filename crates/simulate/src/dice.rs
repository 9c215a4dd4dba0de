//! The one source of chance: everything that a run does by lot comes from here, in one order.

/// A stream of numbers that a seed decides (`SplitMix64`).
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// Dice that fall the same way for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x5bf0_3635_dcf5_8a1d }
    }

    /// Other dice, which these decide: what is drawn from them moves nothing here.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.roll())
    }

    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.saturating_sub(least).unsigned_abs() + 1;
        least + i64::try_from(self.roll() % span).unwrap_or_default()
    }

    /// An index below `count`; 0 where there is none.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.roll() % (count.max(1) as u64)).unwrap_or_default()
    }

    /// Whether something happens that happens in so many of a thousand cases.
    pub(crate) fn falls(&mut self, per_mille: u64) -> bool {
        self.roll() % 1000 < per_mille
    }

    /// One of them.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_another_does_not() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..8).map(|_| dice.between(-5, 5_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_fork_does_not_move_its_origin() {
        let mut left = Dice::new(3);
        let mut right = Dice::new(3);
        let mut fork = left.fork();
        right.fork();
        for _ in 0..100 {
            fork.roll();
        }
        assert_eq!(left.roll(), right.roll());
    }
}
