//! What the tests share: processes, a small HTTP client, the database read by hand, and an oracle.

pub mod canaries;
pub mod chance;
pub mod collector;
pub mod http;
pub mod network;
pub mod node;
pub mod oracle;
pub mod pace;
pub mod ports;
pub mod process;
pub mod record;
pub mod sandbox;
pub mod trial;

pub use chance::Chance;
pub use node::Home;
pub use pace::{millis_now, moment, pause, until};
pub use process::Process;
pub use record::Record;
pub use sandbox::Sandbox;
pub use trial::Trial;

/// Whether a program holds this word.
pub fn mentions(program: &std::path::Path, word: &str) -> bool {
    let bytes = std::fs::read(program).expect("the program is there");
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Says something to the person who runs the tests with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the figures of a run are part of its result")]
pub fn say(text: &str) {
    println!("{text}");
}
