//! What it costs to ask whether a text is nearly a post that is there, and what is found, where there
//! are a million posts.
//!
//! A check is what a candidate goes through: the question to the database, and the exact comparison of
//! what it answers. Texts are asked about one at a time: half of them are new, the other half are stored
//! texts, some letters of which were changed so that at least 80 % of their pieces are the same, and a
//! few that a reader would take for the same. The same questions to a table of a hundredth of the posts
//! say what grows with it.

mod prose;
mod tables;

use domain::model::PostId;
use domain::ports::Clock as _;
use domain::ports::store::PostStore as _;
use domain::rules::review::{Known, content_hash, near_duplicate_of};
use store::{Db, Role};

use crate::figure::{Figure, Target, quantile};
use crate::options::Options;
use crate::watch::WallClock;
use crate::{house, machine, report, watch};

use tables::Tables;

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
    let small = (posts / SMALLER).max(1_000);
    let dir = tempfile::Builder::new().prefix("flockwork-bench-").tempdir()?;
    let kept = options.near_kept.as_deref();
    let files = Tables::in_files(kept.unwrap_or_else(|| dir.path()))?;
    let server = Tables::of_server(kept, dir.path())?;
    let mut figures = Vec::new();
    for tables in std::iter::once(files).chain(server) {
        let few = checked(&tables.place(small)?, small)?;
        let many = checked(&tables.place(posts)?, posts)?;
        report::say(&said(&tables, posts, &many));
        figures.extend(of(tables.engine(), (posts, &many), (small, &few)));
    }
    Ok(figures)
}

/// What the others wait for need not wait for the others.
fn said(tables: &Tables, posts: u64, checked: &Checked) -> String {
    let of = |share| quantile(&checked.millis, share);
    format!(
        "  {} with {posts} posts: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, the longest {:.2} ms",
        tables.engine(),
        of(0.5),
        of(0.9),
        of(0.99),
        of(1.0),
    )
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
        // Opened anew, so that nothing of the filling is in its memory.
        let db = Db::open(place, Role::Node).await?;
        check_all(&db, WARM_UP, posts).await?;
        let before = machine::resident()?;
        let mut checked = check_all(&db, CHECKS, posts).await?;
        checked.grown_mib = (machine::resident()? - before).max(0.0) / machine::MIB;
        db.close().await;
        Ok(checked)
    })
}

async fn check_all(db: &Db, checks: u64, posts: u64) -> anyhow::Result<Checked> {
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
        let is_among =
            |of: Option<PostId>| finding.is_some() && alike.iter().any(|post| Some(post.id) == of);
        match asked {
            Asked::Fresh(_) => checked.surprises += u32::from(finding.is_some()),
            Asked::Reworded(of, _) => {
                checked.planted += 1;
                checked.planted_found += u32::from(is_among(stored_as(db, of).await?));
            }
            Asked::Same(of, _) => {
                checked.same += 1;
                checked.same_missed += u32::from(!is_among(stored_as(db, of).await?));
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

/// The post that has the text of that number.
async fn stored_as(db: &Db, number: u64) -> anyhow::Result<Option<PostId>> {
    let hash = content_hash(&prose::stored(number));
    Ok(db.find_hashes(&[hash]).await?.pop().map(|(_, id, _)| id))
}
