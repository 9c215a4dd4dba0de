//! What every command works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::model::access::{Act, Actor, ActorKind};
use domain::model::{Bot, BotId};
use domain::ports::Clock;
use domain::ports::store::BotStore as _;
use store::{Db, Role};

use super::words::who;
use crate::config::{Config, DatabaseLocation, Environment, Loaded, bots_dir};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// The environment, the clock and where to speak.
pub struct Context {
    /// The variables of this process.
    pub environment: Environment,
    /// `--config`.
    pub config_path: Option<PathBuf>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where to speak.
    pub out: Output,
}

impl Context {
    /// Reads the configuration, problems and all.
    pub fn load(&self) -> Loaded {
        Loaded::read(&self.environment, self.config_path.as_deref(), self.clock.now())
    }

    /// The same, with the bot files of another folder.
    pub fn load_with(&self, bots: &Path) -> Loaded {
        let now = self.clock.now();
        Loaded::read_with(&self.environment, self.config_path.as_deref(), bots, now)
    }

    /// Where bot files are.
    pub fn bots_dir(&self) -> PathBuf {
        bots_dir(&self.environment, self.config_path.as_deref())
    }

    /// The configuration of a command that does not send.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(self.load().for_looking()?)
    }

    /// The database, beside a node that may be running.
    pub async fn open(&self, config: &Config) -> Result<Db, Failure> {
        self.open_as(config, Role::Tool).await
    }

    /// The database, in that role; its clock is the command's from here on.
    pub async fn open_as(&self, config: &Config, role: Role) -> Result<Db, Failure> {
        let db = Db::open(config.database.place(), role).await?;
        let db = db.with_keys(config.keys.master.clone());
        crate::serve::follow(&db, self.clock.as_ref()).await?;
        Ok(db)
    }

    /// The database, for a command that is about what is in it already: a path with a slip in it must
    /// not become an empty database, from which all looks well and nothing was ever posted.
    pub async fn open_existing(&self, config: &Config) -> Result<Db, Failure> {
        demand_database(config)?;
        self.open(config).await
    }

    /// The database in the name of whoever runs this command: what is changed through it stands in the
    /// audit log.
    pub fn signed(&self, db: &Db, action: &'static str, object: impl Into<String>) -> Db {
        let actor = Actor { kind: ActorKind::Command, name: who(&self.environment) };
        let (object, at) = (object.into(), self.clock.now());
        db.signed(Act { actor, action, object, detail: None, address: None, at })
    }

    /// The bot that is meant: the one named, or the only one there is. One that is declared but not
    /// yet in the database, because nothing was served yet, is written there first.
    pub async fn bot(
        &self,
        config: &Config,
        db: &Db,
        name: Option<&BotId>,
    ) -> Result<Bot, Failure> {
        let id = match (name, config.bots.as_slice()) {
            (Some(id), _) => id,
            (None, [only]) => &only.bot.id,
            (None, bots) => {
                return Err(Failure::new(
                    Exit::Usage,
                    format!("there are {} bots: say which with --bot NAME", bots.len()),
                )
                .hint("`flockwork stats` lists them"));
            }
        };
        if let Some((bot, _, _)) = db.find_bot(id).await? {
            return Ok(bot);
        }
        if !config.bots.iter().any(|declared| declared.bot.id == *id) {
            return Err(no_bot(id));
        }
        crate::serve::sync(db, config.bots.clone(), &config.budgets, self.clock.now()).await?;
        let found = db.find_bot(id).await?;
        found.map(|(bot, _, _)| bot).ok_or_else(|| no_bot(id))
    }
}

/// Refuses a path where no database is.
pub fn demand_database(config: &Config) -> Result<(), Failure> {
    if let DatabaseLocation::Sqlite(path) = &config.database
        && matches!(Path::new(path).try_exists(), Ok(false))
    {
        let message = format!("there is no database at {path}; is DATABASE_PATH right?");
        return Err(Failure::new(Exit::NoInput, message)
            .hint("`flockwork serve` or `flockwork queue add TEXT` creates a new one"));
    }
    Ok(())
}

/// Nobody declares it.
pub fn no_bot(id: &BotId) -> Failure {
    Failure::new(Exit::Failure, format!("there is no bot named `{id}`"))
        .hint("`flockwork stats` lists the bots that there are")
}
