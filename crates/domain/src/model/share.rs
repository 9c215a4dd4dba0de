//! Which part of the work that nobody locks is this node's.

/// Slots and schedules are dealt out by their ids, so that several nodes do not plan the same twice.
/// What a node leaves undone for a while is everybody's: only speed depends on who is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    index: u32,
    of: u32,
}

impl Share {
    /// The only node has all of it.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// The share of the node at `index` among `of` live ones.
    pub fn new(index: usize, of: usize) -> Self {
        let of = u32::try_from(of.max(1)).unwrap_or(u32::MAX);
        Self { index: u32::try_from(index).unwrap_or(0) % of, of }
    }

    /// The remainder that its ids leave.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many nodes share.
    pub fn of(self) -> u32 {
        self.of
    }

    /// This node's part of `whole`, rounded up: together the nodes take at least all of it.
    pub fn part(self, whole: u32) -> u32 {
        whole.div_ceil(self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_together_everything() {
        for of in 1..6 {
            for id in 0..60 {
                let owners = (0..of).filter(|index| {
                    let share = Share::new(*index, of);
                    id % share.of() == share.index()
                });
                assert_eq!(owners.count(), 1);
            }
        }
    }

    #[test]
    fn a_part_is_never_nothing_and_strange_counts_are_borne() {
        assert_eq!(Share::new(0, 0), Share::ALL);
        assert_eq!(Share::new(7, 3).index(), 1);
        assert_eq!((Share::ALL.part(256), Share::new(2, 3).part(256)), (256, 86));
        assert_eq!(Share::new(0, 500).part(256), 1);
    }
}
