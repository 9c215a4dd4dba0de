//! What becomes of a feed: what asking it comes to ([`poll`]), which items are new ([`fresh`]), when
//! to ask again ([`pace`]), an item as
//! a post ([`template`]), and an item as material for a model, which must not obey it
//! ([`material`], [`guard`]). [`plain`] tells what of an item's markup a reader sees; the [`corpus`]
//! holds all of it to items that were written to take a bot over.

pub mod corpus;
pub mod fresh;
pub mod guard;
mod hidden;
pub mod material;
pub mod pace;
mod pieces;
pub mod plain;
pub mod poll;
mod shorten;
pub mod tell;
pub mod template;
