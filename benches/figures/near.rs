//! What it costs to ask whether a text is nearly a post that is there, and what is found, where there
//! are a million posts.
//!
//! A check is what a candidate goes through: the question to the database, and the exact comparison of
//! what it answers. Texts are asked about one at a time: half of them are new, the other half are stored
//! texts, some letters of which were changed so that at least 80 % of their pieces are the same, and a
//! few that a reader would take for the same. The same questions to a table of a hundredth of the posts
//! say what grows with it.

mod prose;

use std::path::Path;

use anyhow::Context as _;
use domain::model::{ManagedBy, PostId};
use domain::ports::Clock as _;
use domain::ports::store::{BotStore as _, NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::rules::review::{Known, content_hash, near_duplicate_of};
use store::{Db, Role};

use crate::figure::{Figure, Target, quantile};
use crate::options::Options;
use crate::watch::WallClock;
use crate::{house, machine, report, watch};

/// Posts stored in one transaction.
const BATCH: u64 = 5_000;
/// Bots that the posts belong to.
const BOTS: u64 = 100;
/// Checks that are measured, and some before them, until everything is warm.
const CHECKS: u64 = 2_000;
const WARM_UP: u64 = 200;
/// How alike, in percent, a planted pair is at least.
const PLANTED_PERCENT: u32 = 80;
/// The small table beside the large one.
const SMALLER: u64 = 100;

/// What some checks showed.
#[derive(Default)]
struct Checked {
    millis: Vec<f64>,
    planted: u32,
    planted_found: u32,
    same: u32,
    same_missed: u32,
    /// New texts of which a post was said to be like them, and posts read for a text.
    surprises: u32,
    read: usize,
    /// How much memory this process took more after the checks than before, in MiB.
    grown_mib: f64,
}

/// A text that is asked about.
enum Asked {
    Fresh(String),
    Reworded(u64, String),
    Same(u64, String),
}

/// Measures it on SQLite, and on PostgreSQL where its programs are installed.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Figure>> {
    let posts = options.near_posts.unwrap_or_else(|| options.size(1_000_000, 50_000));
    let dir = tempfile::Builder::new().prefix("flockwork-bench-").tempdir()?;
    let file = |name: &str| dir.path().join(name).display().to_string();
    let small = (posts / SMALLER).max(1_000);
    let mut figures = Vec::new();
    let few = checked(&file("small.db"), small)?;
    let many = checked(&file("large.db"), posts)?;
    figures.extend(of("SQLite", (posts, &many), (small, &few)));
    if Path::new("/usr/lib/postgresql").exists() {
        let cluster = testkit::postgres::cluster();
        let few = checked(&cluster.create_database(), small)?;
        let many = checked(&cluster.create_database(), posts)?;
        figures.extend(of("PostgreSQL", (posts, &many), (small, &few)));
    }
    Ok(figures)
}

fn of(engine: &str, (posts, many): (u64, &Checked), (small, few): (u64, &Checked)) -> Vec<Figure> {
    let beside = format!("{small} posts");
    let recall = f64::from(many.planted_found) / f64::from(many.planted.max(1)) * 100.0;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand texts")]
    let read = many.read as f64 / many.millis.len().max(1) as f64;
    vec![
        Figure::new(
            format!("near p99, {posts} posts, {engine}"),
            quantile(&many.millis, 0.99),
            "ms",
            Target::AtMost(5.0),
        )
        .beside(&beside, quantile(&few.millis, 0.99))
        .note(format!(
            "half of {} checks below {:.2} ms, beside {:.2} ms; {read:.1} posts read for a text",
            many.millis.len(),
            quantile(&many.millis, 0.5),
            quantile(&few.millis, 0.5),
        ))
        .note(format!("{} new texts were said to be like a post", many.surprises)),
        Figure::new(format!("near found, {engine}"), recall, "%", Target::AtLeast(99.0)).note(
            format!("of {} texts that are {PLANTED_PERCENT} % or more like a post", many.planted),
        ),
        Figure::new(
            format!("near, same text missed, {engine}"),
            f64::from(many.same_missed),
            "",
            Target::AtMost(0.0),
        )
        .note(format!("of {} texts that a reader takes for a post", many.same)),
        Figure::new(
            format!("near, memory more after, {engine}"),
            many.grown_mib,
            "MiB",
            Target::AtMost(16.0),
        )
        .beside(&beside, few.grown_mib)
        .note("of this process, over the measured checks"),
    ]
}

fn checked(place: &str, posts: u64) -> anyhow::Result<Checked> {
    house::runtime()?.block_on(async {
        let db = Db::open(place, Role::Node).await?;
        let ids = fill(&db, posts).await?;
        db.close().await;
        // Gone, and with it the lock of the file. Anew, so that nothing of the filling is in its memory.
        drop(db);
        let db = Db::open(place, Role::Node).await?;
        check_all(&db, WARM_UP, posts, &ids).await?;
        let before = machine::resident()?;
        let mut checked = check_all(&db, CHECKS, posts, &ids).await?;
        checked.grown_mib = (machine::resident()? - before).max(0.0) / machine::MIB;
        db.close().await;
        Ok(checked)
    })
}

/// Stores the posts; returns their ids in order.
async fn fill(db: &Db, posts: u64) -> anyhow::Result<Vec<PostId>> {
    let now = WallClock.now();
    let bots: Vec<_> = (0..BOTS).map(|bot| testkit::bot(&bot_of(bot))).collect();
    db.sync_bots(&bots, &[ManagedBy::Environment, ManagedBy::File], now).await?;
    let begin = watch::now();
    let mut ids = Vec::new();
    for start in (0..posts).step_by(usize::try_from(BATCH)?) {
        let end = posts.min(start + BATCH);
        let batch: Vec<NewPost> = (start..end).map(post).collect::<anyhow::Result<_>>()?;
        let stored = db.store_posts(&batch, now).await.context("filling the table")?;
        ids.extend(stored.iter().map(|one| match one {
            StoredPost::Queued(id)
            | StoredPost::Draft(id)
            | StoredPost::Duplicate { of: id, .. } => *id,
        }));
    }
    report::say(&format!("  {posts} posts stored in {:.0} s", begin.elapsed().as_secs_f64()));
    Ok(ids)
}

fn bot_of(number: u64) -> String {
    format!("bot-{:06}", number % BOTS)
}

fn post(number: u64) -> anyhow::Result<NewPost> {
    let content = prose::stored(number);
    Ok(NewPost {
        consent: domain::model::Consent::ByMode,
        bot: bot_of(number).parse().context("a bot name")?,
        content_hash: content_hash(&content),
        content,
        topic: None,
        origin: PostOrigin::Imported,
    })
}

async fn check_all(db: &Db, checks: u64, posts: u64, ids: &[PostId]) -> anyhow::Result<Checked> {
    let mut checked = Checked::default();
    for number in 0..checks {
        let asked = asked(number, checks, posts);
        let (Asked::Fresh(text) | Asked::Reworded(_, text) | Asked::Same(_, text)) = &asked;
        let begin = watch::now();
        let alike = db.list_alike(&[text.as_str()]).await?.pop().unwrap_or_default();
        let known: Vec<Known<'_>> = alike
            .iter()
            .map(|post| Known {
                post: post.id,
                bot: post.bot.as_str(),
                at: post.at,
                text: &post.text,
            })
            .collect();
        let finding = near_duplicate_of(text, &known, WallClock.now());
        checked.millis.push(begin.elapsed().as_secs_f64() * 1000.0);
        checked.read += alike.len();
        let is_among = |number: u64| {
            let id = usize::try_from(number).ok().and_then(|place| ids.get(place));
            finding.is_some() && alike.iter().any(|post| Some(&post.id) == id)
        };
        match asked {
            Asked::Fresh(_) => checked.surprises += u32::from(finding.is_some()),
            Asked::Reworded(of, _) => {
                checked.planted += 1;
                checked.planted_found += u32::from(is_among(of));
            }
            Asked::Same(of, _) => {
                checked.same += 1;
                checked.same_missed += u32::from(!is_among(of));
            }
        }
    }
    Ok(checked)
}

/// The text of that number: spread over the whole table, in the order of nothing.
fn asked(number: u64, checks: u64, posts: u64) -> Asked {
    let stored = number * (posts / checks).max(1) % posts;
    match number % 10 {
        0..5 => Asked::Fresh(prose::fresh(number)),
        5 => Asked::Same(stored, prose::same(stored)),
        // One whose changes were too many is left, and the next is taken.
        _ => (stored..posts)
            .chain(0..stored)
            .find_map(|of| Some(Asked::Reworded(of, prose::reworded(of, PLANTED_PERCENT)?)))
            .unwrap_or_else(|| Asked::Fresh(prose::fresh(number))),
    }
}
