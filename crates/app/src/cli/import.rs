//! `flockwork import OLD.db`: a template-bot moves in.

mod bot_file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::model::{ApprovalMode, Bot, BotId};
use domain::ports::store::{NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::rules::approval::{Admission, admit, unread};
use domain::rules::review::{Batch, Severity, content_hash, review};
use engine::beside;
use serde_json::json;
use store::{Db, PastPost, SeedBot, SeedDatabase, SeedError, SeedPost};

use super::context::Context;
use super::lint::{Reason, reasons, spoken};
use super::second_reader::{SecondReader, ask_person};
use super::words::{count, cut};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};
use crate::serve;

/// Rows of one transaction.
const BATCH: u32 = 500;

/// `flockwork import OLD.db`
#[derive(Args, Debug)]
pub struct Import {
    /// The old database; it is only read.
    file: PathBuf,
}

/// One import under way.
struct Importer {
    context: Context,
    old: SeedDatabase,
    db: Db,
    bots: BTreeMap<String, Bot>,
    second_reader: SecondReader,
    remembered: u64,
    queued: u64,
    /// Texts that some bot has already: most of them from an earlier import.
    known: u64,
    rejected: u64,
}

impl Import {
    /// Declares its bots where nobody does, remembers what is used, queues what is not.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let old = SeedDatabase::open(&self.file).map_err(|error| unreadable(&error))?;
        let seed_bots = old.list_bots().map_err(|error| unreadable(&error))?;
        let config = declare(&mut context, &seed_bots)?;
        let db = context.open(&config).await?;
        serve::sync(&db, config.bots.clone(), &config.budgets, context.clock.now()).await?;
        let second_reader = SecondReader::of(&config)?;
        let bots = config.bots.into_iter().map(|one| (one.bot.id.to_string(), one.bot)).collect();
        let mut importer = Importer {
            context,
            old,
            db,
            bots,
            second_reader,
            remembered: 0,
            queued: 0,
            known: 0,
            rejected: 0,
        };
        // Used ones first: what waits may say the same, and must not go out again.
        importer.each_batch(true).await?;
        importer.each_batch(false).await?;
        importer.finish().await
    }
}

fn unreadable(error: &SeedError) -> Failure {
    let exit = match error {
        SeedError::Unreadable { path, .. } if !Path::new(path).exists() => Exit::NoInput,
        SeedError::Unreadable { .. } => Exit::Io,
        SeedError::NotSeed { .. } => Exit::BadData,
    };
    Failure::new(exit, error.to_string())
        .hint("`flockwork queue import FILE` takes texts, JSON Lines and CSV")
}

/// Writes a file for each old bot that nothing declares, and reads the configuration again.
fn declare(context: &mut Context, seed_bots: &[SeedBot]) -> Result<Config, Failure> {
    let config = context.config()?;
    let is_declared =
        |name: &str| config.bots.iter().any(|declared| declared.bot.id.as_str() == name);
    let mut written = Vec::new();
    for bot in seed_bots.iter().filter(|bot| !is_declared(&bot.bot_id)) {
        let id = BotId::try_from(bot.bot_id.as_str()).map_err(|error| {
            Failure::new(Exit::BadData, error.to_string())
                .hint("rename it in a copy of the old database, in all three tables")
        })?;
        let path = context.bots_dir().join(format!("{id}.toml"));
        bot_file::write(&path, bot)?;
        written.push(path);
    }
    if written.is_empty() {
        return Ok(config);
    }
    for path in &written {
        context.out.note(&format!("wrote {}: look it over", path.display()))?;
    }
    context.config()
}

impl Importer {
    async fn each_batch(&mut self, is_used: bool) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let batch = self.old.list_posts(after, BATCH).map_err(|error| unreadable(&error))?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = last.id;
            let wanted = batch.into_iter().filter(|post| post.is_used == is_used).collect();
            if is_used {
                self.remember(wanted).await?;
            } else {
                self.queue(wanted).await?;
            }
        }
    }

    async fn remember(&mut self, posts: Vec<SeedPost>) -> Result<(), Failure> {
        let past = |post: SeedPost| {
            let bot = self.bots.get(&post.bot_id)?.id.clone();
            Some(PastPost { bot, content_hash: content_hash(&post.content), row: post })
        };
        let posts: Vec<PastPost> = posts.into_iter().filter_map(past).collect();
        self.remembered += self.db.remember_past(&posts, self.context.clock.now()).await?;
        Ok(())
    }

    async fn queue(&mut self, posts: Vec<SeedPost>) -> Result<(), Failure> {
        let mut new: Vec<(SeedPost, NewPost)> = Vec::new();
        for post in posts {
            let Some(bot) = self.bots.get(&post.bot_id) else { continue };
            let verdict = review(&post.content, &bot.persona.policy);
            if admit(bot.mode, verdict.severity(), false) == Admission::Refused {
                self.say_bad(&post, &spoken(&reasons(&verdict)))?;
                continue;
            }
            let new_post = NewPost {
                bot: bot.id.clone(),
                consent: unread(&verdict),
                content: verdict.text,
                topic: post.category.clone(),
                content_hash: verdict.content_hash,
                origin: PostOrigin::Imported,
            };
            new.push((post, new_post));
        }
        let new = self.unlike_others(new).await?;
        let new = self.moderated(new).await?;
        let signed = self.context.signed(&self.db, "post.import", "old database");
        let stored = signed.store_posts(&new, self.context.clock.now()).await?;
        for stored in stored {
            match stored {
                StoredPost::Queued(_) | StoredPost::Draft(_) => self.queued += 1,
                StoredPost::Duplicate { .. } => self.known += 1,
            }
        }
        Ok(())
    }

    /// Those that are like no post that is there and no other of their batch. The same text is known:
    /// most likely from an earlier import.
    async fn unlike_others(
        &mut self,
        posts: Vec<(SeedPost, NewPost)>,
    ) -> Result<Vec<(SeedPost, NewPost)>, Failure> {
        let candidates: Vec<(&str, String)> = posts
            .iter()
            .map(|(old, new)| {
                (new.content.as_str(), format!("post {} of the old database", old.id))
            })
            .collect();
        let now = self.context.clock.now();
        let findings = beside(&self.db, &mut Batch::default(), &candidates, now).await?;
        let mut unlike = Vec::new();
        for ((old, new), finding) in posts.into_iter().zip(findings) {
            match finding {
                None => unlike.push((old, new)),
                Some(same) if same.severity == Severity::Blocks => self.known += 1,
                Some(near) => self.say_bad(&old, &spoken(&[Reason::of(near)]))?,
            }
        }
        Ok(unlike)
    }

    /// Those that the moderation endpoint lets by, or leaves to a person.
    async fn moderated(
        &mut self,
        posts: Vec<(SeedPost, NewPost)>,
    ) -> Result<Vec<NewPost>, Failure> {
        let mut by_bot: BTreeMap<BotId, Vec<(SeedPost, NewPost)>> = BTreeMap::new();
        for post in posts {
            by_bot.entry(post.1.bot.clone()).or_default().push(post);
        }
        let mut kept = Vec::new();
        for (bot, posts) in by_bot {
            let texts: Vec<&str> = posts.iter().map(|(_, new)| new.content.as_str()).collect();
            let mode = self.bots.get(bot.as_str()).map_or(ApprovalMode::Auto, |bot| bot.mode);
            let findings = self.second_reader.look(&self.db, &bot, &texts, &self.context).await?;
            for ((old, mut new), finding) in posts.into_iter().zip(findings) {
                let severity = finding.as_ref().map(|finding| finding.severity);
                match finding {
                    Some(finding) if admit(mode, severity, false) == Admission::Refused => {
                        self.say_bad(&old, &spoken(&[Reason::of(finding)]))?;
                        continue;
                    }
                    Some(finding) => ask_person(&mut new.consent, &finding),
                    None => {}
                }
                kept.push(new);
            }
        }
        Ok(kept)
    }

    fn say_bad(&mut self, post: &SeedPost, reasons: &str) -> Result<(), Failure> {
        self.rejected += 1;
        let out = &mut self.context.out;
        match out.format {
            Format::Json => out.json(&json!({
                "id": post.id, "bot_id": post.bot_id, "text": post.content, "reason": reasons,
            }))?,
            Format::Table => {
                let place = out.paint(&format!("post {}:", post.id), Accent::Bad);
                out.line(&format!("{place} {reasons}  {}", cut(&post.content, 60)))?;
            }
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Exit, Failure> {
        self.db.close().await;
        let bots = u64::try_from(self.bots.len()).unwrap_or(u64::MAX);
        let (remembered, queued) = (self.remembered, self.queued);
        let (known, rejected) = (self.known, self.rejected);
        match self.context.out.format {
            Format::Json => self.context.out.json(&json!({
                "bots": bots, "remembered": remembered, "queued": queued, "known": known,
                "rejected": rejected,
            }))?,
            Format::Table => self.context.out.line(&format!(
                "{} declared; {} remembered as published, {queued} queued, {known} known already, \
                 {rejected} rejected",
                count(bots, "bot"),
                count(remembered, "post"),
            ))?,
        }
        Ok(if rejected == 0 { Exit::Success } else { Exit::BadData })
    }
}
