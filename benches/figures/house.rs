//! A folder with everything a node needs: bot files, the variables that hold their tokens, and a
//! database whose queues are full, so that nothing is written while we measure.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::model::ManagedBy;
use domain::model::{Bot, ContentHash, Credentials, Cron, Schedule, Secret};
use domain::ports::Clock as _;
use domain::ports::store::{BotStore as _, NewPost, PostOrigin, PostStore as _};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use store::{Db, Role};
use tempfile::TempDir;

use crate::watch::WallClock;

/// One more than a queue's low water, so that a bot which posts once is not refilled.
pub const POSTS_EACH: usize = 6;
/// Posts stored in one transaction.
const BATCH: usize = 10_000;

const API_KEY: &str = "bench-app-key";
const API_SECRET: &str = "bench-app-secret";

/// The folder. It is gone when this is dropped.
pub struct House {
    dir: TempDir,
    bots: usize,
    /// A server's URL, where the database is no file of the folder.
    server: Option<String>,
    /// Pages may be asked for as often as one likes.
    is_asked_often: bool,
}

impl House {
    /// Declares so many bots; `cron` tells the pattern of each.
    pub fn build(bots: usize, cron: impl Fn(usize) -> String) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("flockwork-bench-").tempdir()?;
        let house = Self { dir, bots, server: None, is_asked_often: false };
        std::fs::create_dir_all(house.path().join("bots"))?;
        for number in 0..bots {
            let file = house.path().join(format!("bots/{}.toml", name(number)));
            std::fs::write(file, declaration(number, &cron(number)))?;
        }
        Ok(house)
    }

    /// The same on a database of a server.
    pub fn on(self, server: Option<String>) -> Self {
        Self { server, ..self }
    }

    /// The same, where pages may be asked for as often as one likes.
    pub fn asking_often(self) -> Self {
        Self { is_asked_often: true, ..self }
    }

    /// The variable that says where the database is.
    fn variable(&self) -> &'static str {
        if self.server.is_some() { "DATABASE_URL" } else { "DATABASE_PATH" }
    }

    fn place(&self) -> String {
        self.server.clone().unwrap_or_else(|| self.database().display().to_string())
    }

    /// Fills the database.
    pub fn fill(&self, cron: impl Fn(usize) -> String) -> anyhow::Result<()> {
        let declared: Vec<Bot> = (0..self.bots).map(|number| bot(number, &cron(number))).collect();
        let place = self.place();
        runtime()?.block_on(async {
            let db = Db::open(&place, Role::Node).await?;
            fill(&db, &declared, POSTS_EACH, WallClock.now()).await?;
            db.close().await;
            Ok(())
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.path().join("flockwork.db")
    }

    /// What a node's environment holds beside its ports.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut variables = vec![
            ("TWITTER_API_KEY".to_owned(), API_KEY.to_owned()),
            ("TWITTER_API_SECRET".to_owned(), API_SECRET.to_owned()),
            (self.variable().to_owned(), self.place()),
        ];
        if self.is_asked_often {
            variables.push(("API_RATE_LIMIT".to_owned(), "1000000".to_owned()));
        }
        for number in 0..self.bots {
            variables.push((format!("T{number}"), token(number)));
            variables.push((format!("S{number}"), token_secret(number)));
        }
        variables
    }
}

/// The name of a bot.
pub fn name(number: usize) -> String {
    format!("bot-{number:06}")
}

/// What it signs with.
pub fn credentials(number: usize) -> Credentials {
    Credentials {
        api_key: Secret::new(API_KEY),
        api_secret: Secret::new(API_SECRET),
        access_token: Secret::new(token(number)),
        access_secret: Secret::new(token_secret(number)),
    }
}

/// Declares the bots and gives each so many posts.
pub async fn fill(
    db: &Db,
    declared: &[Bot],
    posts_each: usize,
    now: jiff::Timestamp,
) -> anyhow::Result<()> {
    db.sync_bots(declared, &[ManagedBy::Environment, ManagedBy::File], now).await?;
    let posts: Vec<(usize, usize)> = (0..declared.len())
        .flat_map(|number| (0..posts_each).map(move |place| (number, place)))
        .collect();
    for batch in posts.chunks(BATCH) {
        let batch: Vec<NewPost> = batch.iter().map(|(bot, place)| post(*bot, *place)).collect();
        db.store_posts(&batch, now).await.context("filling the queues")?;
    }
    Ok(())
}

/// A bot exactly as its file declares it.
pub fn bot(number: usize, cron: &str) -> Bot {
    let cron = Cron::parse(cron).expect("the benches write patterns that parse");
    Bot {
        schedules: vec![Schedule::new("main", cron, TimeZone::UTC)],
        app: fingerprint(API_KEY),
        ..testkit::bot(&name(number))
    }
}

/// The persona of [`testkit::persona`], written down.
fn declaration(number: usize, cron: &str) -> String {
    let persona = testkit::persona();
    let topics: Vec<&str> = persona.topics.iter().map(|topic| topic.name.as_str()).collect();
    format!(
        "personality_prompt = {:?}\nposting_style = {:?}\ntopics = {:?}\ntone = {:?}\n\
         schedule_cron = {cron:?}\ntimezone = \"UTC\"\n\
         [twitter]\naccess_token_env = \"T{number}\"\naccess_secret_env = \"S{number}\"\n",
        persona.personality_prompt, persona.posting_style, topics, persona.tone,
    )
}

fn post(bot: usize, place: usize) -> NewPost {
    let topics = testkit::persona().topics;
    let content = text(&name(bot), place);
    NewPost {
        consent: domain::model::Consent::ByMode,
        bot: name(bot).parse().expect("a bot name"),
        content_hash: ContentHash::of_normal_form(&content),
        topic: topics.get(place % topics.len()).map(|topic| topic.name.clone()),
        origin: PostOrigin::Imported,
        content,
    }
}

/// As long as posts usually are, and never twice the same.
pub fn text(who: &str, place: usize) -> String {
    format!(
        "The light of {who} has turned {place} times tonight, and the sea went on as if it had \
         counted along, one wave for every turn."
    )
}

/// Its first part is no number, so it names no account: the house is declared without any.
fn token(number: usize) -> String {
    format!("token-{number}")
}

fn token_secret(number: usize) -> String {
    format!("{number}-secret")
}

/// As the configuration names an app.
fn fingerprint(api_key: &str) -> String {
    let hash = Sha256::digest(api_key.as_bytes());
    hash.iter().take(6).fold(String::new(), |mut name, byte| {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// For set-up work.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a runtime")
}
