//! Charts, drawn by the server: pure functions from numbers to SVG, one kind a file.
//!
//! A drawing has no words in it and stretches with its place; what it says stands beside it as text, in a
//! table, and in a file to download. Colours are classes of the style sheet, because the content security
//! policy forbids inline style.

mod bars;
mod csv;
mod heat;
mod panel;
mod ranks;
mod spark;
mod table;

pub(crate) use bars::{Bars, Layer};
pub(crate) use csv::csv;
pub(crate) use heat::heat;
pub(crate) use panel::{Drawing, Legend, Panel};
pub(crate) use ranks::Rank;
pub(crate) use spark::spark;
pub(crate) use table::Table;
