//! Tables full of posts: made for one run, or kept in a folder for the next, because filling one of a
//! million takes longer than all that is measured on it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::model::{Consent, ManagedBy};
use domain::ports::Clock as _;
use domain::ports::store::{BotStore as _, NewPost, PostOrigin, PostStore as _};
use domain::rules::review::{BANDS_VERSION, content_hash};
use store::{Db, Role};
use testkit::postgres::Cluster;

use crate::watch::WallClock;
use crate::{house, report, watch};

use super::prose;

/// Posts stored in one transaction of a file. Their bands lie everywhere in the table, so a batch writes
/// nearly each of its pages: the fewer batches, the sooner it is full.
const FILE_BATCH: u64 = 50_000;
/// Posts stored in one transaction of a server, which takes a statement that lasts seconds for a fault.
const SERVER_BATCH: u64 = 5_000;
/// How often it is said how far the filling is.
const SAID_EVERY: u64 = 100_000;
/// Bots that the posts belong to.
const BOTS: u64 = 100;

/// The tables of one engine.
pub enum Tables {
    /// Files of a folder.
    Files(PathBuf),
    /// Databases of a server, and the folder that says which of them are full.
    Server(Cluster, PathBuf),
}

impl Tables {
    /// Of SQLite, in `folder`.
    pub fn in_files(folder: &Path) -> anyhow::Result<Self> {
        make(folder)?;
        Ok(Self::Files(folder.to_owned()))
    }

    /// Of a PostgreSQL whose data lie in the folder `kept`, or else of one that is gone with this run;
    /// `None` where its programs are not installed. `scratch` is a folder of this run.
    pub fn of_server(kept: Option<&Path>, scratch: &Path) -> anyhow::Result<Option<Self>> {
        if !Path::new("/usr/lib/postgresql").exists() {
            return Ok(None);
        }
        let Some(kept) = kept else {
            let folder = scratch.join("server");
            make(&folder)?;
            return Ok(Some(Self::Server(Cluster::alone("near"), folder)));
        };
        let folder = kept.join("server");
        make(&folder)?;
        // Its socket lies there, too, and is named from anywhere.
        let folder = folder.canonicalize()?;
        Ok(Some(Self::Server(Cluster::kept(&folder), folder)))
    }

    /// What a reader calls the engine.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Files(_) => "SQLite",
            Self::Server(..) => "PostgreSQL",
        }
    }

    fn batch(&self) -> u64 {
        match self {
            Self::Files(_) => FILE_BATCH,
            Self::Server(..) => SERVER_BATCH,
        }
    }

    /// Where the table of so many posts is; filled, unless it is.
    pub fn place(&self, posts: u64) -> anyhow::Result<String> {
        let name = format!("near_{posts}_v{BANDS_VERSION}");
        let (Self::Files(folder) | Self::Server(_, folder)) = self;
        let full = folder.join(format!("{name}.full"));
        let is_full = full.exists();
        let place = match self {
            Self::Files(folder) => {
                let file = folder.join(format!("{name}.db"));
                if !is_full && file.exists() {
                    // Half of one, that a run left which was stopped.
                    std::fs::remove_file(&file)?;
                }
                file.display().to_string()
            }
            Self::Server(cluster, _) if is_full => cluster.url_of(&name),
            Self::Server(cluster, _) => cluster.create_anew(&name),
        };
        if !is_full {
            fill(&place, posts, self.batch())?;
            std::fs::write(&full, "").with_context(|| format!("writing {}", full.display()))?;
        }
        Ok(place)
    }
}

fn make(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}

fn fill(place: &str, posts: u64, batch: u64) -> anyhow::Result<()> {
    let begin = watch::now();
    house::runtime()?.block_on(async {
        let db = Db::open(place, Role::Node).await?;
        let now = WallClock.now();
        let bots: Vec<_> = (0..BOTS).map(|bot| testkit::bot(&bot_of(bot))).collect();
        db.sync_bots(&bots, &[ManagedBy::Environment, ManagedBy::File], now).await?;
        for start in (0..posts).step_by(usize::try_from(batch)?) {
            let end = posts.min(start + batch);
            let batch: Vec<NewPost> = (start..end).map(post).collect::<anyhow::Result<_>>()?;
            db.store_posts(&batch, now).await.context("filling the table")?;
            if end.is_multiple_of(SAID_EVERY) || end == posts {
                let seconds = begin.elapsed().as_secs_f64();
                report::say(&format!("  {end} of {posts} posts stored after {seconds:.0} s"));
            }
        }
        db.close().await;
        Ok(())
    })
}

fn bot_of(number: u64) -> String {
    format!("bot-{:06}", number % BOTS)
}

fn post(number: u64) -> anyhow::Result<NewPost> {
    let content = prose::stored(number);
    Ok(NewPost {
        consent: Consent::ByMode,
        bot: bot_of(number).parse().context("a bot name")?,
        content_hash: content_hash(&content),
        content,
        topic: None,
        origin: PostOrigin::Imported,
    })
}
