//! What is in force, and where each value came from; for `flockwork config show`.

use domain::model::Secret;

use super::problem::Place;
use super::setting::Setting;
use super::suggest::without_password;

/// One setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its variable.
    pub variable: &'static str,
    /// Its place in `flockwork.toml`, such as `server.port`; empty if it has none.
    pub key: String,
    /// Its value; a secret shows only its length, an address no password.
    pub value: String,
    /// Where it came from.
    pub place: Place,
}

impl Shown {
    pub(super) fn new(setting: &'static Setting, value: &str, place: Place) -> Self {
        let key = match (setting.file, setting.key()) {
            (Some(("", _)), Some(key)) => key,
            (Some((table, _)), Some(key)) => format!("{table}.{key}"),
            (_, _) => String::new(),
        };
        let value = without_password(value).into_owned();
        Self { variable: setting.variable, key, value, place }
    }

    pub(super) fn masked(setting: &'static Setting, secret: &Secret, place: Place) -> Self {
        Self::new(setting, &mask(secret), place)
    }
}

/// How a secret is shown: that it is there, and how long it is, which tells a cut-off one.
pub(super) fn mask(secret: &Secret) -> String {
    format!("•••••• ({} characters)", secret.open().chars().count())
}
