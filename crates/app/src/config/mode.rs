//! The top of the file: what kind of installation this is.

use super::parse;
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// How strict to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnv {
    /// Trying out.
    Development,
    /// Strong secrets and safe addresses are demanded.
    Production,
    /// As development; the seed's name for a test run.
    Test,
}

const APP_ENV_WORDS: &[(&str, AppEnv)] = &[
    ("development", AppEnv::Development),
    ("production", AppEnv::Production),
    ("test", AppEnv::Test),
];

/// What kind of installation this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// How strict to be.
    pub app_env: AppEnv,
    /// Every bot only rehearses.
    pub is_dry_run: bool,
}

pub(super) const APP_ENV: Setting = Setting {
    variable: "APP_ENV",
    file: Some(("", "app_env")),
    kind: Kind::Text,
    default: Some("development"),
    meaning: "`development` or `production`, which demands strong secrets and safe addresses.\n\
              The variable NODE_ENV is accepted too.",
    example: "",
};

/// The seed's name of [`APP_ENV`]. Hosts set it for other programs too, so its value is read
/// leniently: only a word that we know counts.
pub(super) const NODE_ENV: &str = "NODE_ENV";

pub(super) const DRY_RUN: Setting = Setting {
    variable: "DRY_RUN",
    file: Some(("", "dry_run")),
    kind: Kind::Flag,
    default: Some("false"),
    meaning: "Do everything but the send, for every bot; such posts end as `dry_run`.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] = &[&APP_ENV, &DRY_RUN];

impl Mode {
    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let (mut app_env, place) = sources.read(&APP_ENV, parse::word(APP_ENV_WORDS));
        let from_node = sources.environment.find(NODE_ENV).map(parse::word(APP_ENV_WORDS));
        if let (super::Place::Default, Some(Ok(node_env))) = (place, from_node) {
            app_env = node_env;
        }
        Self { app_env, is_dry_run: sources.read(&DRY_RUN, parse::flag).0 }
    }

    /// Whether secrets must be strong and addresses safe.
    pub fn is_production(self) -> bool {
        self.app_env == AppEnv::Production
    }
}
