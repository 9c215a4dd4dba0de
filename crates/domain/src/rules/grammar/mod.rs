//! Posts without a model: grammars in Tracery's open format, and a built-in one that can write on any
//! topic. It is the last step before a queue runs dry, and all there is in the demo, so a bot never
//! goes dark because a service did.

mod batch;
mod chance;
mod count;
mod ends;
mod english;
mod file;
mod mistake;
mod modifier;
mod own;
mod rule_set;
mod saved;
mod script;
mod template;
mod voice;
mod write;
mod writing;

pub use count::Count;
pub use file::FILE_BYTES_MAX;
pub use mistake::{Mistake, Mistakes};
pub use own::OwnGrammar;
pub use write::write;
pub use writing::WriteError;
