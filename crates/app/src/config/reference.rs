//! `docs/configuration.md`: every setting in a table, made of the settings themselves as the example file
//! is. A test keeps the two equal.

use std::fmt::Write as _;

use super::load::{ENVIRONMENT_ONLY, TABLES};
use super::setting::Setting;

const HEAD: &str = "\
# Configuration

Everything that can be set, with its default.
This page is printed by `flockwork config reference`; do not edit it by hand.

A setting is a variable, or a key of `flockwork.toml` (or of the file that `FLOCKWORK_CONFIG` names).
The variable wins.
A secret never stands in the file: set the variable, or name a file that holds it, in the variable with `_FILE` behind its name or in the key that ends in `_file`.
A bot stands in `bots/NAME.toml`, or in the variables at the end of this page; [bots/lighthouse.example.toml](../bots/lighthouse.example.toml) shows every key of it.

```sh
flockwork check
flockwork config show
```

`check` tells everything that is wrong at once, with the line or the variable, what is allowed, and what to do.
`config show` tells what is in force and where each value comes from; secrets are masked.
";

/// Longer defaults are told in the words of their setting.
const DEFAULT_CHARS_MAX: usize = 60;

/// The text of the page.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for (name, about, settings) in TABLES {
        match *name {
            "" => text.push_str("\n## At the top\n\n"),
            name => {
                let _ = write!(text, "\n## `[{name}]`\n\n{}\n\n", about.replace("\n# ", " "));
            }
        }
        write_table(&mut text, settings.iter().copied());
    }
    text.push_str("\n## In the environment alone\n\n");
    text.push_str("These declare one bot, without any file.\n\n");
    write_table(&mut text, ENVIRONMENT_ONLY.iter().copied().flatten().copied());
    text
}

fn write_table(text: &mut String, settings: impl Iterator<Item = &'static Setting>) {
    text.push_str("| key | variable | default | meaning |\n|---|---|---|---|\n");
    for setting in settings {
        let key = setting.key().map_or("–".to_owned(), |key| format!("`{key}`"));
        let variable = match setting.file_variable() {
            Some(file) => format!("`{}`, `{file}`", setting.variable),
            None => format!("`{}`", setting.variable),
        };
        let default = match setting.default {
            None => "–".to_owned(),
            Some(long) if long.len() > DEFAULT_CHARS_MAX => "a built-in one".to_owned(),
            Some("") => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let meaning = setting.meaning.replace('\n', " ").replace('|', "\\|");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {key} | {variable} | {default} | {meaning} |");
    }
}
