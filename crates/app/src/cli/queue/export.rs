//! `flockwork queue export`: what waits, as a file from which `queue import` makes the same queue.
//!
//! The file gets its name when it is whole, and never replaces another.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::model::{BotId, Post, PostState};
use domain::ports::store::{EvergreenStore as _, PostStore as _};

use super::super::context::Context;
use super::super::rows::{RowFormat, Saved, written};
use super::super::words::count;
use super::evergreen;
use crate::exit::{Exit, Failure};

/// Far above any queue; more is a sign of something else.
const POSTS_MAX: u32 = 200_000;

/// `flockwork queue export [FILE]`
#[derive(Args, Debug)]
pub struct Export {
    /// The file, which must not be there yet, or `-` for standard output.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Whose posts; not needed where there is only one bot.
    #[arg(long)]
    bot: Option<BotId>,
    /// How the file holds posts; by its name, for standard output JSON Lines.
    #[arg(long, value_enum)]
    output: Option<RowFormat>,
    /// What is kept aside, instead of what waits.
    #[arg(long)]
    evergreen: bool,
}

impl Export {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let is_standard_output = self.file == Path::new("-");
        let by_name = if is_standard_output { RowFormat::Jsonl } else { RowFormat::of(&self.file) };
        let format = self.output.unwrap_or(by_name);
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let (queue, stock) = if self.evergreen {
            (Vec::new(), db.list_evergreens(&bot.id, None, POSTS_MAX + 1).await?)
        } else {
            (db.list_queue(&bot.id, POSTS_MAX + 1).await?, Vec::new())
        };
        db.close().await;
        if queue.len().max(stock.len()) > usize::try_from(POSTS_MAX).unwrap_or(usize::MAX) {
            let message = format!("{} has more than {POSTS_MAX} posts to export", bot.id);
            return Err(Failure::new(Exit::Failure, message));
        }
        let is_waiting = |post: &Post| post.state == PostState::Queued;
        let (waiting, held): (Vec<Post>, Vec<Post>) = queue.into_iter().partition(is_waiting);
        let saved: Vec<Saved<'_>> = waiting
            .iter()
            .map(evergreen::saved_post)
            .chain(stock.iter().map(evergreen::saved))
            .collect();
        if format == RowFormat::Text {
            let posts = waiting.iter().map(|one| (format!("post {}", one.id.0), &one.content));
            let others = stock.iter().map(|one| (format!("evergreen {}", one.id.0), &one.content));
            demand_lines(posts.chain(others))?;
        }
        let rows = written(format, &saved)?;
        if is_standard_output {
            rows.lines().try_for_each(|line| context.out.line(line))?;
        } else {
            write_new(&self.file, &rows).map_err(|error| not_written(&self.file, &error))?;
        }
        let posts = count(number(saved.len()), "post");
        context.out.note(&format!("{posts} of {} exported", bot.id))?;
        if !held.is_empty() {
            let held = count(number(held.len()), "post");
            context.out.note(&format!("{held} that slots hold already are left out"))?;
        }
        if format == RowFormat::Text && saved.iter().any(|row| row.topic.is_some()) {
            context.out.hint("plain lines hold no topics; `--output jsonl` keeps them")?;
        }
        Ok(Exit::Success)
    }
}

/// A post of several lines would come back as several posts.
fn demand_lines<'a>(mut posts: impl Iterator<Item = (String, &'a String)>) -> Result<(), Failure> {
    let Some((which, _)) = posts.find(|(_, text)| text.contains(['\n', '\r'])) else {
        return Ok(());
    };
    let message = format!("{which} has several lines, and a plain file a post a line");
    Err(Failure::new(Exit::BadData, message).hint("`--output jsonl` or `--output csv` keeps them"))
}

fn write_new(path: &Path, rows: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    // As any new file: the user's mask decides who may read it.
    let permissions = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new()
        .permissions(permissions)
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(rows.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Failure::new(Exit::CannotCreate, format!("{path} is there already"))
            .hint("name another file, or remove this one first");
    }
    Failure::new(Exit::CannotCreate, format!("writing {path}: {error}"))
}

fn number(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
