//! The configuration as a whole: what every source says, and every problem at once.

mod alerts;
mod bot_files;
mod environment;
mod files;
mod main_file;

use std::path::Path;

use super::{Config, Environment, Loaded};

/// A Monday.
fn now() -> jiff::Timestamp {
    testkit::at("2026-11-23T12:00:00Z")
}

/// The four values of one account.
const KEYS: [(&str, &str); 4] = [
    ("TWITTER_API_KEY", "key-canary-1"),
    ("TWITTER_API_SECRET", "secret-canary-2"),
    ("TWITTER_ACCESS_TOKEN", "token-canary-3"),
    ("TWITTER_ACCESS_SECRET", "hidden-canary-4"),
];

/// A folder with a `flockwork.toml` and bot files in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(main_file: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("flockwork.toml", main_file)
    }

    fn write(self, name: &str, text: &str) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn load(&self, variables: &[(&str, &str)]) -> Loaded {
        let environment: Environment = variables.iter().copied().collect();
        Loaded::read(&environment, Some(&self.path().join("flockwork.toml")), now())
    }

    /// The report, without the folder's random name.
    fn report(&self, variables: &[(&str, &str)]) -> String {
        let folder = format!("{}/", self.path().display());
        self.load(variables).problems().to_string().replace(&folder, "")
    }

    fn config(&self, variables: &[(&str, &str)]) -> Config {
        self.load(variables).for_sending().unwrap_or_else(|problems| panic!("{problems}"))
    }
}

/// A configuration of the environment alone.
fn environment_only(variables: &[(&str, &str)]) -> Loaded {
    Folder::new("").load(variables)
}
