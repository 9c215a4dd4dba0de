//! One setting: a constant from which reading, the example file and `config show` follow.

/// What a value is in a TOML file. In the environment everything is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// An amount in US dollars: a number with up to six decimals.
    Dollars,
    /// `true` or `false`.
    Flag,
    /// A list of strings; separated by commas in the environment.
    List,
    /// A key, token or password: never in a TOML file, which names the file that holds it.
    Secret,
}

impl Kind {
    /// For "allowed".
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Text | Self::Secret => "a string in double quotes",
            Self::Number => "a whole number without quotes",
            Self::Dollars => "an amount in US dollars without quotes, such as 5 or 2.50",
            Self::Flag => "true or false, without quotes",
            Self::List => "a list of strings, such as [\"one\", \"two\"]",
        }
    }
}

/// Where a setting stands, what it means, and what it is when nobody says.
#[derive(Debug)]
pub(super) struct Setting {
    /// Its variable.
    pub(super) variable: &'static str,
    /// Its table and key in `flockwork.toml`; the table `""` is the top of the file. `None`: only the
    /// environment has it.
    pub(super) file: Option<(&'static str, &'static str)>,
    /// What it is in a TOML file.
    pub(super) kind: Kind,
    /// Its default, written as in the environment; `None` where there is none.
    pub(super) default: Option<&'static str>,
    /// What it means, with its unit; for the example file.
    pub(super) meaning: &'static str,
    /// A value for the example file, where there is no default.
    pub(super) example: &'static str,
}

impl Setting {
    /// `X_FILE`, for a secret: the file that holds it.
    pub(super) fn file_variable(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_FILE", self.variable))
    }

    /// The name of its key in the file: a secret's is that of the file which holds it.
    pub(super) fn key(&self) -> Option<String> {
        let (_, key) = self.file?;
        Some(if self.kind == Kind::Secret { format!("{key}_file") } else { key.to_owned() })
    }
}
