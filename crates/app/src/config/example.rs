//! `flockwork.toml` with every setting explained: made of the settings themselves, so that it cannot
//! tell of one that is not there. A test keeps `flockwork.example.toml` equal to it.

use std::fmt::Write as _;

use super::alerts;
use super::load::{ENVIRONMENT_ONLY, TABLES};
use super::setting::{Kind, Setting};

const HEAD: &str = "\
# Flockwork's configuration: flockwork.toml, or the file that FLOCKWORK_CONFIG names.
#
# Every line that starts with `#key =` shows the default, or an example where there is none.
# The variable in brackets means the same and wins over this file. A secret never stands here:
# set the variable, or name a file that holds it, here or by the variable with _FILE behind it.
# Bots are declared in bots/NAME.toml beside this file, or in the folder that FLOCKWORK_BOTS_DIR names;
# see bots/lighthouse.example.toml.
# `flockwork check` says what is wrong, `flockwork config show` what is in force.
";

/// The text of the example file.
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    for (name, about, settings) in TABLES {
        if !name.is_empty() {
            let _ = write!(text, "\n# {about}\n[{name}]\n");
        }
        for setting in *settings {
            write_setting(&mut text, setting);
        }
        if *name == "alerts" {
            text.push_str(alerts::EXAMPLE);
        }
    }
    text.push_str("\n# Only the environment has these. They declare one bot, without any file:\n");
    for setting in ENVIRONMENT_ONLY.iter().copied().flatten() {
        let meaning = setting.meaning.replace('\n', "\n#   ");
        let _ = write!(text, "#\n# {}\n#   {meaning}\n", setting.variable);
        // The built-in personality is long and better read in the documentation.
        if let Some(default) = setting.default.filter(|default| default.len() < 60) {
            let _ = writeln!(text, "#   Default: {default}");
        }
    }
    text
}

fn write_setting(text: &mut String, setting: &Setting) {
    let Some(key) = setting.key() else { return };
    let variable = setting.file_variable().map_or_else(
        || setting.variable.to_owned(),
        |file| format!("{}, or {file}", setting.variable),
    );
    let meaning = setting.meaning.replace('\n', "\n# ");
    let value = setting.default.unwrap_or(setting.example);
    // Nothing in this text can fail to be written: it is a String.
    let _ = match setting.kind {
        Kind::Text | Kind::Secret => {
            write!(text, "\n# {meaning} [{variable}]\n#{key} = \"{value}\"\n")
        }
        Kind::Number | Kind::Dollars | Kind::Flag => {
            write!(text, "\n# {meaning} [{variable}]\n#{key} = {value}\n")
        }
        Kind::List => {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
            let items = items.join(", ");
            write!(text, "\n# {meaning} [{variable}]\n#{key} = [{items}]\n")
        }
    };
}
