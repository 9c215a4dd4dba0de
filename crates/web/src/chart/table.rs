//! The numbers of a chart as a table: for those who hear it, who count, and who take it with them.

/// Heads and rows of the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}
