//! Posts without a model: a small grammar in the manner of Tracery, and a built-in one that can
//! write on any topic. It is the last step before a queue runs dry, and all there is in the demo, so
//! a bot never goes dark because a service did.

mod chance;
mod modifier;
mod rule_set;
mod template;
mod voice;
mod write;

pub use rule_set::{GrammarError, RuleSet};
pub use write::write;
