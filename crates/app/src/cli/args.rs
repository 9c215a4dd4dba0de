//! What can be asked on the command line.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sandbox::Weather;

use super::alerts::Alerts;
use super::apply::Apply;
use super::approvals::ApprovalsCommand;
use super::attention::Attention;
use super::audit::AuditCommand;
use super::backup::BackupCommand;
use super::bot::BotCommand;
use super::completions::Completions;
use super::config::ConfigCommand;
use super::costs::Costs;
use super::credentials::CredentialsCommand;
use super::doctor::DoctorArgs;
use super::export::Export;
use super::feeds::FeedsCommand;
use super::generate::Generate;
use super::go_live::GoLiveArgs;
use super::grammar::GrammarCommand;
use super::health::Health;
use super::import::Import;
use super::key::KeyCommand;
use super::lint::Lint;
use super::migrate_store::MigrateStore;
use super::post::PostCommand;
use super::queue::QueueCommand;
use super::reference::Reference;
use super::restore::Restore;
use super::review::ReviewCommand;
use super::sandbox::SandboxArgs;
use super::schedule::ScheduleCommand;
use super::users::UsersCommand;
use super::words::length;
use crate::exit::Exit;
use crate::lifecycle::AT_ONCE;
use crate::output::Format;

/// What is no [`Exit`], because no command returns it.
const AT_ONCE_MEANING: &str = "a second signal ended it at once";

/// The exit codes stand at the end of the long help.
static EXIT_CODES: LazyLock<String> = LazyLock::new(|| {
    let codes = Exit::ALL.iter().map(|exit| (i32::from(exit.code()), exit.meaning()));
    codes
        .chain([(AT_ONCE, AT_ONCE_MEANING)])
        .fold("Exit codes:".to_owned(), |text, (code, meaning)| {
            text + &format!("\n  {code:>3}  {meaning}")
        })
});

/// Runs automated X accounts, each with a personality of its own: writes posts, checks them, queues
/// them, publishes them on a schedule, and never posts twice.
#[derive(Parser, Debug)]
#[command(
    name = "flockwork",
    version,
    about = "A flock of bots that runs like clockwork",
    after_long_help = EXIT_CODES.as_str(),
    arg_required_else_help = true,
    propagate_version = true
)]
pub struct Cli {
    /// The configuration file; else `FLOCKWORK_CONFIG`, else ./flockwork.toml if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How results are written.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Runs the bots until a signal ends it.
    ///
    /// The first SIGTERM or Ctrl-C lets what is in flight finish and records every outcome; the
    /// second ends at once. One process works on a SQLite file: a second one ends with 75.
    Serve,
    /// Shows it all without keys and without a network.
    ///
    /// Runs four bots in time lapse against a built-in sandbox of X and of a model, faults included,
    /// with the pages at http://127.0.0.1:PORT. Nothing leaves this machine, nothing stays on it.
    Demo(DemoArgs),
    /// Runs a sandbox of X and of a model over HTTP, for trying things out.
    ///
    /// Checks signatures, filters duplicates, rewrites texts and keeps limits as X does; loses and
    /// garbles answers on demand (`/_sandbox`); its truth log says what it really accepted.
    Sandbox(SandboxArgs),
    /// Says whether the configuration is right, with all problems at once.
    ///
    /// Reads the environment, flockwork.toml and bots/*.toml; opens, sends and writes nothing.
    Check,
    /// Tries everything a node needs, and says how to mend what is not right.
    ///
    /// Configuration, keys and permissions at X, this machine's clock, the database, disk space,
    /// limits, the model server, time zones. Sends nothing. Ends with 1 if something must be mended.
    Doctor(DoctorArgs),
    /// Makes the database's bots those of the bot files, after showing what would change.
    ///
    /// Reads the environment and bots/*.toml as a start does; one wrong file, and nothing is done. A
    /// node that runs takes the personas, schedules and limits up at its next step; keys and grammars
    /// it reads at its start.
    Apply(Apply),
    /// Writes the bots of the database as bot files.
    ///
    /// `flockwork apply DIR` finds nothing to change in what it writes. Comments of the files that the
    /// bots came from are not in the database.
    Export(Export),
    /// Writes posts for a bot's queue now, with the model or the built-in grammar.
    Generate(Generate),
    /// Checks grammars, from which posts are written without a model.
    #[command(subcommand)]
    Grammar(GrammarCommand),
    /// Publishes without waiting for the schedule.
    #[command(subcommand)]
    Post(PostCommand),
    /// Shows and changes what waits to go out.
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Says of each text whether it may go out, and why not.
    ///
    /// One verdict a line: weight in X's characters and every reason. Needs no configuration. With
    /// --format json each line is
    /// `{"text","weighted_length","valid","problems":[{"rule","message","severity"}]}`, and with
    /// --explain each problem has a `source`. Ends with 1 if any text may not go out.
    Lint(Lint),
    /// Shows the rules of review, how well they do, and what they say of a post.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Lists posts that wait for a person, and takes that person's yes, no or other words.
    ///
    /// A yes is for exactly the bytes and the persona's policy of now: an edit or a changed policy undoes
    /// it, and the database lets nothing on its way to X that needs a yes and has none.
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// Shows the feeds that bots follow.
    ///
    /// A feed is a [[feed]] of a bot's file. What an item becomes is reviewed like every other post, and
    /// more strictly: no link but its own, and no word of the prompt.
    #[command(subcommand)]
    Feeds(FeedsCommand),
    /// Explains when bots post.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Shows what each bot has done and what waits.
    Stats,
    /// Shows what was spent of each budget, and what the next 30 days will cost.
    ///
    /// A day and a month are those of UTC; what is reserved for a post on its way counts as spent. The
    /// forecast counts the real firings of each schedule, at today's list of prices.
    Costs(Costs),
    /// Lists everything that needs a person, and takes that person's answers.
    ///
    /// Slots whose outcome nobody knows or that X refused, bots that are stopped, and what the audit
    /// found; each with the commands that help. `flockwork attention resolve` answers.
    Attention(Attention),
    /// Lists alerts that are open; tries channels out; shows what could not be told.
    ///
    /// A node works out what needs a person and tells the channels of the configuration; webhooks are told
    /// of events. What cannot be told is tried for three days.
    Alerts(Alerts),
    /// Lists who may log in on the pages, and makes links by which people come in.
    #[command(subcommand)]
    Users(UsersCommand),
    /// Shows what people did, and whether the log of it is whole.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Asks the node of this machine whether it is well; for container health checks.
    ///
    /// Ends with 0 if it is, else with 1.
    Health(Health),
    /// Prints every metric, alert, event, field of the log and span, and what each of it means.
    ///
    /// Metrics are what `/metrics` shows, events what webhooks are told. docs/reference.md is this as a
    /// page.
    Reference(Reference),
    /// Moves the database of a template-bot (`posts`, `bot_stats`, `bot_configs`) over.
    ///
    /// Posts that are used are remembered, so that they never go out again; the others are reviewed
    /// and queued. The old file is only read. Running it twice changes nothing.
    Import(Import),
    /// Pauses and resumes a bot, or all of them at once.
    #[command(subcommand)]
    Bot(BotCommand),
    /// Lists what X demands of an account before its bot may post, and takes a person's word for it.
    ///
    /// A bot that posts to the real X posts nothing until all of it is confirmed. Ends with 1 while
    /// something is not. Who confirmed what and when is kept; another account has its own list.
    #[command(name = "go-live")]
    GoLive(GoLiveArgs),
    /// Sets, lists and removes what bots of the dashboard sign with.
    ///
    /// Kept in the database, sealed under the master key, and used by every node from its next send on. No
    /// command shows a value again. What bots of files and of the environment sign with stands there.
    #[command(subcommand)]
    Credentials(CredentialsCommand),
    /// Makes, shows and rotates the keys under which secrets are sealed.
    ///
    /// The master key seals credentials and second factors in the database and never stands in it; the key
    /// of backups is another one. docs/secrets.md says where they can be kept.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Takes, lists and verifies backups of the SQLite file, and drills a restore.
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Puts a backup in the place of the database.
    ///
    /// Refused while a node runs. The backup is verified first, the replaced file is kept, and at the
    /// next start every bot reads its timeline before it posts.
    Restore(Restore),
    /// Moves everything from SQLite to PostgreSQL, or back.
    ///
    /// Refused while a node runs and into a database that is not empty. One transaction, compared on
    /// both sides; the old database is kept and marked, so that no node starts on it.
    #[command(name = "migrate-store")]
    MigrateStore(MigrateStore),
    /// Explains and shows the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints what the shell needs to complete commands.
    Completions(Completions),
}

/// `flockwork demo`
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// The port of the pages.
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Decides what is written and which faults come when.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How much goes wrong.
    #[arg(long, value_enum, default_value_t = Faults::Some)]
    pub faults: Faults,
    /// Ends by itself after so long, such as 30s.
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub length: Option<jiff::SignedDuration>,
}

/// How much goes wrong in a demo.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Faults {
    /// Nothing.
    None,
    /// A few, so that some are seen within minutes.
    Some,
    /// About every third request.
    Many,
}

impl From<Faults> for Weather {
    fn from(faults: Faults) -> Self {
        match faults {
            Faults::None => Self::Calm,
            Faults::Some => Self::Demo,
            Faults::Many => Self::Storm,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_tells_its_exit_codes() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for exit in Exit::ALL {
            assert!(help.contains(exit.meaning()), "{}", exit.meaning());
        }
    }
}
