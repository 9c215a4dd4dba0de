//! Who reads what a person declares on a page: as a bot's file is read, by the same rules and with the
//! same words.

use jiff::Timestamp;

use crate::model::{Bot, BotForm};

/// Something in a form that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The key of its field.
    pub field: String,
    /// What stands there; never a secret.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// What to do.
    pub mend: String,
}

/// A bot to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleBot {
    /// What it is called.
    pub name: &'static str,
    /// Everything of it.
    pub form: BotForm,
}

/// One of the values that a bot signs with, as it is looked for on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// What it is.
    pub what: &'static str,
    /// The variable that holds it, or the file.
    pub place: String,
    /// It is a file.
    pub is_file: bool,
    /// It is there; nothing more is said of it.
    pub is_there: bool,
}

/// Reads forms.
pub trait Declarer: Send + Sync {
    /// The bot that a form declares, or everything that is wrong with it. `was` is the bot that it changes,
    /// of which the form does not say everything; a new one is the dashboard's.
    fn read(
        &self,
        form: &BotForm,
        was: Option<&Bot>,
        now: Timestamp,
    ) -> Result<Bot, Vec<FieldProblem>>;

    /// Bots to begin with, the simplest first.
    fn examples(&self) -> Vec<ExampleBot>;

    /// Where this node looks for what that bot signs with; empty where nothing is needed.
    fn keys(&self, bot: &Bot) -> Vec<KeyPlace>;
}
