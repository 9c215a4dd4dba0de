//! `flockwork queue import`: the texts of a file, a batch at a time, so that a file of any size takes
//! the same memory.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::model::{Bot, BotId, ContentHash};
use domain::ports::store::{EvergreenStore as _, NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::rules::approval::{Admission, admit};
use domain::rules::review::{Batch, Finding, duplicate_of, review};
use engine::beside;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use store::Db;

use super::super::ask::{open_text, reading};
use super::super::context::Context;
use super::super::lint::{Reason, reasons, spoken};
use super::super::rows::{ReadRow, Row, RowFormat, rows};
use super::super::second_reader::{SecondReader, ask_person};
use super::super::words::{count, cut, who};
use super::add::consent;
use super::evergreen;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Posts in one transaction.
const BATCH: usize = 500;

/// How far it is.
const PROGRESS: &str = "{spinner} {human_pos} rows, {per_sec}";

/// `flockwork queue import FILE`
#[derive(Args, Debug)]
pub struct Import {
    /// The file, or `-` for standard input.
    file: PathBuf,
    /// Whose posts they are; not needed where there is only one bot.
    #[arg(long)]
    bot: Option<BotId>,
    /// How the file holds posts; by its name, else a post a line.
    #[arg(long, value_enum)]
    input: Option<RowFormat>,
    /// The topic of rows that have none.
    #[arg(long)]
    topic: Option<String>,
    /// Say yes to all of it with the same act: else the posts wait for `flockwork approvals approve` where
    /// their bot's mode demands that.
    #[arg(long)]
    approve: bool,
    /// Keep all of it aside instead, as the rows whose column `evergreen` says yes: each text goes out once,
    /// when its bot's queue is empty and a post is due.
    #[arg(long)]
    evergreen: bool,
    /// Say what would be queued, and queue nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A row that may not go out, for `--format json`.
#[derive(Serialize)]
struct BadLine<'a> {
    line: u64,
    text: &'a str,
    problems: &'a [Reason],
}

/// One import under way.
struct Importer<'a> {
    context: Context,
    db: &'a Db,
    bot: Bot,
    second_reader: SecondReader,
    bar: ProgressBar,
    is_dry_run: bool,
    /// Who says yes to all of it.
    approved_by: Option<String>,
    /// In a plain file a blank line only divides.
    skips_blank: bool,
    topic: Option<String>,
    /// No row goes to the queue.
    is_evergreen: bool,
    /// Rows that wait for the end of their batch.
    batch: Vec<(Row, NewPost)>,
    /// What would be queued, by its lines. A real import asks the database for earlier batches.
    lines: Batch,
    good: u64,
    drafts: u64,
    evergreens: u64,
    bad: u64,
}

impl Import {
    pub(super) async fn run(self, context: Context) -> Result<Exit, Failure> {
        let format = self.input.unwrap_or_else(|| RowFormat::of(&self.file));
        let input = open_text(&self.file)?;
        let config = context.config()?;
        let db = context.open(&config).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let mut importer = Importer {
            bar: progress(&context),
            approved_by: self.approve.then(|| who(&context.environment)),
            context,
            db: &db,
            bot,
            second_reader: SecondReader::of(&config)?,
            is_dry_run: self.dry_run,
            skips_blank: format == RowFormat::Text,
            topic: self.topic,
            is_evergreen: self.evergreen,
            batch: Vec::with_capacity(BATCH),
            lines: Batch::default(),
            good: 0,
            drafts: 0,
            evergreens: 0,
            bad: 0,
        };
        for row in rows(format, input) {
            importer.take(row.with_context(|| reading(&self.file))?)?;
            if importer.batch.len() >= BATCH {
                importer.settle().await?;
            }
        }
        importer.settle().await?;
        let outcome = importer.finish();
        db.close().await;
        outcome
    }
}

impl Importer<'_> {
    /// Reviews a row; one that may go out waits for its batch.
    fn take(&mut self, row: ReadRow) -> Result<(), Failure> {
        self.bar.inc(1);
        let mut row = match row {
            Ok(row) if self.skips_blank && row.text.trim().is_empty() => return Ok(()),
            Ok(row) => row,
            Err(bad) => {
                let reason = Reason { rule: "row", message: bad.reason };
                return self.say_bad(bad.line, "", &[reason]);
            }
        };
        row.is_evergreen |= self.is_evergreen;
        let verdict = review(&row.text, &self.bot.persona.policy);
        let admission = admit(self.bot.mode, verdict.severity(), self.approved_by.is_some());
        if admission == Admission::Refused {
            return self.say_bad(row.line, &row.text, &reasons(&verdict));
        }
        if let Some(reason) = evergreen::unasked(admission).filter(|_| row.is_evergreen) {
            return self.say_bad(row.line, &row.text, &[reason]);
        }
        let post = NewPost {
            bot: self.bot.id.clone(),
            consent: consent(&verdict, self.approved_by.clone()),
            content: verdict.text,
            topic: row.topic.clone().or_else(|| self.topic.clone()),
            content_hash: verdict.content_hash,
            origin: PostOrigin::Imported,
        };
        self.batch.push((row, post));
        Ok(())
    }

    /// Queues the batch, or says what would be, and of the rest why not.
    async fn settle(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let mut batch = batch;
        let mut reasons = self.beside(&mut batch).await?;
        self.moderate(&mut batch, &mut reasons).await?;
        for is_evergreen in [false, true] {
            let (places, posts): (Vec<usize>, Vec<NewPost>) = batch
                .iter()
                .enumerate()
                .filter(|(place, (row, _))| {
                    reasons[*place].is_none() && row.is_evergreen == is_evergreen
                })
                .map(|(place, (_, post))| (place, post.clone()))
                .unzip();
            let doubles = if is_evergreen && !self.is_dry_run {
                self.keep(&posts).await?
            } else {
                self.store(&posts).await?
            };
            for (place, double) in places.into_iter().zip(doubles) {
                self.evergreens += u64::from(is_evergreen && double.is_none());
                reasons[place] = double;
            }
        }
        for ((row, _), reason) in batch.iter().zip(reasons) {
            match reason {
                None => self.good += 1,
                Some(reason) => self.say_bad(row.line, &row.text, &[reason])?,
            }
        }
        Ok(())
    }

    /// What speaks against each row beside all posts and the rows before it.
    /// What a person may let through is let through where one says so, or will be asked.
    async fn beside(
        &mut self,
        batch: &mut [(Row, NewPost)],
    ) -> Result<Vec<Option<Reason>>, Failure> {
        let candidates: Vec<(&str, String)> = batch
            .iter()
            .map(|(row, post)| (post.content.as_str(), format!("line {}", row.line)))
            .collect();
        let now = self.context.clock.now();
        let findings = beside(self.db, &mut self.lines, &candidates, now).await?;
        if !self.is_dry_run {
            self.lines = Batch::default();
        }
        let rows = batch.iter_mut().zip(findings);
        Ok(rows.map(|(row, finding)| self.weigh(row, finding)).collect())
    }

    /// The same of the moderation endpoint, about rows that nothing speaks against.
    async fn moderate(
        &mut self,
        batch: &mut [(Row, NewPost)],
        reasons: &mut [Option<Reason>],
    ) -> Result<(), Failure> {
        let places: Vec<usize> =
            (0..batch.len()).filter(|place| reasons[*place].is_none()).collect();
        let texts: Vec<&str> =
            places.iter().map(|place| batch[*place].1.content.as_str()).collect();
        let second = &self.second_reader;
        let findings = second.look(self.db, &self.bot.id, &texts, &self.context).await?;
        for (place, finding) in places.into_iter().zip(findings) {
            reasons[place] = self.weigh(&mut batch[place], finding);
        }
        Ok(())
    }

    /// Why a finding refuses a post; where it does not, a person is asked.
    /// An evergreen that needs one is refused: when it is needed nobody is asked.
    fn weigh(&self, (row, post): &mut (Row, NewPost), finding: Option<Finding>) -> Option<Reason> {
        let finding = finding?;
        let (mode, is_approved) = (self.bot.mode, self.approved_by.is_some());
        let admission = admit(mode, Some(finding.severity), is_approved);
        if admission == Admission::Refused || row.is_evergreen {
            return Some(Reason::of(finding));
        }
        ask_person(&mut post.consent, &finding);
        None
    }

    /// Stores what nothing speaks against; of each why it was not stored after all.
    async fn store(&mut self, posts: &[NewPost]) -> Result<Vec<Option<Reason>>, Failure> {
        if !self.is_dry_run {
            let signed =
                self.context.signed(self.db, "post.import", format!("bot {}", self.bot.id));
            let stored = signed.store_posts(posts, self.context.clock.now()).await?;
            let is_draft = |one: &&StoredPost| matches!(one, StoredPost::Draft(_));
            self.drafts += stored.iter().filter(is_draft).count() as u64;
            return Ok(stored.iter().map(double).collect());
        }
        let hashes: Vec<ContentHash> = posts.iter().map(|post| post.content_hash.clone()).collect();
        let known: HashMap<_, _> = self
            .db
            .find_hashes(&hashes)
            .await?
            .into_iter()
            .map(|(hash, of, bot)| (hash, StoredPost::Duplicate { of, bot }))
            .collect();
        Ok(hashes.iter().map(|hash| known.get(hash).and_then(double)).collect())
    }

    /// The same for what is kept aside.
    async fn keep(&mut self, posts: &[NewPost]) -> Result<Vec<Option<Reason>>, Failure> {
        let object = format!("bot {}", self.bot.id);
        let signed = self.context.signed(self.db, "evergreen.import", object);
        let kept = signed.keep_evergreens(posts, self.context.clock.now()).await?;
        Ok(kept.iter().map(evergreen::double).collect())
    }

    fn say_bad(&mut self, line: u64, text: &str, reasons: &[Reason]) -> Result<(), Failure> {
        self.bad += 1;
        let out = &mut self.context.out;
        self.bar.suspend(|| match out.format {
            Format::Json => out.json(&BadLine { line, text, problems: reasons }),
            Format::Table => {
                let place = out.paint(&format!("line {line}:"), Accent::Bad);
                let text =
                    if text.is_empty() { String::new() } else { format!("  {}", cut(text, 60)) };
                out.line(&format!("{place} {}{text}", spoken(reasons)))
            }
        })?;
        Ok(())
    }

    fn finish(mut self) -> Result<Exit, Failure> {
        self.bar.finish_and_clear();
        let (bot, good, bad) = (self.bot.id.as_str(), self.good, self.bad);
        let verb = if self.is_dry_run { "would be queued" } else { "queued" };
        match self.context.out.format {
            Format::Json => {
                let summary = json!({
                    "bot_id": bot, "queued": good - self.drafts - self.evergreens,
                    "drafts": self.drafts, "evergreens": self.evergreens, "rejected": bad,
                    "dry_run": self.is_dry_run,
                });
                self.context.out.json(&summary)?;
            }
            Format::Table => {
                let queued = count(good - self.drafts - self.evergreens, "post");
                let waiting = match self.drafts {
                    0 => String::new(),
                    drafts => format!(", {drafts} waiting for approval"),
                };
                let aside = match self.evergreens {
                    0 => String::new(),
                    evergreens => format!(", {evergreens} kept aside as evergreen"),
                };
                let line = format!("{queued} {verb} for {bot}{waiting}{aside}, {bad} rejected");
                self.context.out.line(&line)?;
            }
        }
        Ok(if bad == 0 { Exit::Success } else { Exit::BadData })
    }
}

fn double(stored: &StoredPost) -> Option<Reason> {
    match stored {
        StoredPost::Queued(_) | StoredPost::Draft(_) => None,
        StoredPost::Duplicate { of, bot } => Some(Reason::of(duplicate_of(*of, bot))),
    }
}

/// Drawn only where someone watches.
fn progress(context: &Context) -> ProgressBar {
    if !context.out.is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(PROGRESS);
    ProgressBar::new_spinner().with_style(style.expect("the template is right: a test draws it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_line_can_be_drawn() {
        assert!(ProgressStyle::with_template(PROGRESS).is_ok());
    }
}
