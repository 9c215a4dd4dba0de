//! What there is most of: a bar beside each name.

/// One name with its bar.
#[derive(Debug, PartialEq)]
pub(crate) struct Rank {
    pub(crate) name: String,
    pub(crate) figure: String,
    /// The class of its colour.
    pub(crate) class: &'static str,
    /// 0 to 100, of the largest.
    pub(crate) fill: u64,
}

impl Rank {
    /// Names with their numbers, each bar as long as its share of the largest.
    pub(crate) fn all(
        counts: impl IntoIterator<Item = (String, u64, &'static str)>,
        figure: impl Fn(u64) -> String,
    ) -> Vec<Self> {
        let counts: Vec<_> = counts.into_iter().collect();
        let most = counts.iter().map(|(_, count, _)| *count).max().unwrap_or(0).max(1);
        let rank = |(name, count, class): (String, u64, &'static str)| Self {
            name,
            figure: figure(count),
            class,
            fill: u64::try_from(u128::from(count) * 100 / u128::from(most)).unwrap_or(100),
        };
        counts.into_iter().map(rank).collect()
    }
}
