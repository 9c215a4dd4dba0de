//! What a page costs in a large house: 1 000 bots, and a million posts behind them.
//!
//! Each page is asked for again and again on one kept connection, of the real binary on a real file; what
//! is counted is the time to the last byte. The first page's bytes are those that a browser fetches for
//! it: the page itself and what it names of ours.

mod past;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::figure::{Figure, Target};
use crate::house::House;
use crate::load::{self, Load};
use crate::node::{Node, nobody};
use crate::options::Options;
use crate::start::far_hour;
use crate::{http, report};

/// A page is asked for so long.
const EACH: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(300);
const MILLIS_MAX: f64 = 20.0;
const FIRST_BYTES_MAX: f64 = 100.0 * 1024.0;

/// Every page that grows with the house and shows it to whoever sits at the machine, and what programs read
/// most. People, tokens and the log of what was done are for those who logged in, and do not grow with it.
const PAGES: [&str; 32] = [
    "/",
    "/queue",
    "/queue?bot=bot-000050",
    "/approvals",
    "/approvals/all",
    "/attention",
    "/analytics?days=7",
    "/analytics?days=30",
    "/analytics?days=90",
    "/analytics?days=90&bot=bot-000050",
    "/analytics/outcomes.csv?days=90",
    "/costs?days=30",
    "/costs?days=90&bot=bot-000050",
    "/costs?of=bot-000050&cron=0+*+*+*+*",
    "/settings",
    "/find?q=bot-00005",
    "/calendar",
    "/calendar?view=week",
    "/calendar?bot=bot-000050",
    "/posts/110000",
    "/bots",
    "/bots/bot-000050",
    "/bots/bot-000050/schedule",
    "/bots/bot-000050/history",
    "/api/v1/bots",
    "/api/v1/posts?bot=bot-000050",
    "/api/v1/slots?view=gone&bot=bot-000050",
    "/api/v1/budgets",
    "/api/v1/bots/bot-000050/forecast",
    "/api/v1/house",
    "/stats",
    "/slots/110000",
];

/// Measures them.
pub fn measure(binary: &Path, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let bots = options.size(1_000, 100);
    let posts = options.size(1_000_000, 20_000);
    let cron = |_| {
        let hour = far_hour();
        format!("0 {},{},{} * * *", hour, (hour + 1) % 24, (hour + 2) % 24)
    };
    let house = House::build(bots, cron)?.asking_often();
    house.fill(cron)?;
    past::fill(&house.database(), bots, posts)?;
    let mut node = Node::start(binary, &house, nobody())?;
    node.until_healthy()?;
    // Slots are planned, and the file is checked.
    node.until_idle(0.2, Duration::from_secs(2))?;
    let mut figures = vec![first_page(&node)?];
    for path in PAGES {
        load::run(node.address, path, 1, WARM_UP).with_context(|| path.to_owned())?;
        let load = load::run(node.address, path, 1, options.size(EACH, WARM_UP))?;
        report::say(&said(path, &load));
        figures.push(figure(path, &load, bots, posts));
    }
    node.process.stop()?;
    Ok(figures)
}

fn said(path: &str, load: &Load) -> String {
    let Load { p50_ms, p99_ms, bytes, .. } = load;
    format!("  {path}: p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, {bytes} bytes")
}

fn figure(path: &str, load: &Load, bots: usize, posts: usize) -> Figure {
    Figure::new(format!("page {path}, p99"), load.p99_ms, "ms", Target::AtMost(MILLIS_MAX)).note(
        format!(
            "half below {:.2} ms; {} bytes; {bots} bots, {posts} posts, SQLite",
            load.p50_ms, load.bytes
        ),
    )
}

/// The overview with its style sheet, scripts and icon, as they travel.
fn first_page(node: &Node) -> anyhow::Result<Figure> {
    let page = http::get(node.address, "/").context("the overview")?;
    let mut bytes = page.len();
    let mut parts = vec![format!("page {}", page.len())];
    for address in page.split('"').filter(|text| text.starts_with("/static/")) {
        let file = http::weight(node.address, address).context("a file of the overview")?;
        bytes += file;
        let name = address.trim_start_matches("/static/");
        parts.push(format!("{name} {file}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
    let value = bytes as f64;
    Ok(Figure::new("first page, bytes", value, "bytes", Target::AtMost(FIRST_BYTES_MAX))
        .note(parts.join(", ")))
}
