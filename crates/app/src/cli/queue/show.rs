//! `flockwork queue show`: a post, and how it came to be.

use clap::Args;
use domain::model::{EVERGREEN, GRAMMAR, Post, PostId};
use domain::ports::store::{OriginStore as _, PersonaState, PostStore as _, Writing};
use jiff::tz::TimeZone;
use serde_json::json;
use store::Db;

use super::super::context::Context;
use super::super::words::absolute;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork queue show ID`
#[derive(Args, Debug)]
pub struct Show {
    /// Number of the post, as `queue list` shows it.
    post: i64,
    /// With everything that the model was asked.
    #[arg(long)]
    prompt: bool,
}

/// How a post was written, and as whom.
struct Origin {
    writing: Writing,
    /// `None` where the database has lost it.
    persona: Option<PersonaState>,
    /// The version in force now.
    current: Option<u32>,
}

impl Show {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let Some(post) = db.find_post(PostId(self.post)).await? else {
            db.close().await;
            let message = format!("there is no post {}", self.post);
            return Err(Failure::new(Exit::Failure, message)
                .hint("`flockwork queue list` shows what is queued"));
        };
        let origin = origin(&db, &post).await?;
        db.close().await;
        match context.out.format {
            Format::Json => self.say_json(&mut context, &post, origin.as_ref())?,
            Format::Table => self.say(&mut context, &post, origin.as_ref())?,
        }
        Ok(Exit::Success)
    }

    fn say(
        &self,
        context: &mut Context,
        post: &Post,
        origin: Option<&Origin>,
    ) -> Result<(), Failure> {
        let mut lines = vec![
            ("post", format!("{} of {}, {}", post.id.0, post.bot, post.state.as_str())),
            ("text", post.content.clone()),
            ("topic", post.topic.clone().unwrap_or_else(|| "none".to_owned())),
            ("stored", absolute(post.created_at, &TimeZone::UTC)),
        ];
        match origin {
            None => lines.push(("written", unknown(post).to_owned())),
            Some(origin) => lines.extend(of_origin(post, origin)),
        }
        for (name, value) in lines {
            let mut value = value.lines();
            context.out.line(&format!("{name:<8} {}", value.next().unwrap_or_default()))?;
            value.try_for_each(|more| context.out.line(&format!("{:<8} {more}", "")))?;
        }
        let Some(asked) = origin.and_then(|origin| origin.writing.prompt.as_ref()) else {
            return Ok(());
        };
        if !self.prompt {
            context.out.hint("--prompt shows what the model was asked")?;
            return Ok(());
        }
        for part in [&asked.system, &asked.batch] {
            context.out.line("")?;
            part.lines().try_for_each(|line| context.out.line(line))?;
        }
        Ok(())
    }

    fn say_json(
        &self,
        context: &mut Context,
        post: &Post,
        origin: Option<&Origin>,
    ) -> Result<(), Failure> {
        let writing = origin.map(|origin| &origin.writing);
        let asked = writing.and_then(|writing| writing.prompt.as_ref()).filter(|_| self.prompt);
        context.out.json(&json!({
            "id": post.id.0,
            "bot_id": post.bot.as_str(),
            "state": post.state.as_str(),
            "category": post.topic,
            "content": post.content,
            "created_at": post.created_at.to_string(),
            "generation_model": post.generation_model,
            "generation_tokens": post.generation_tokens,
            "generation_cost_micro_usd": post.generation_cost.0,
            "origin": writing.map(|writing| json!({
                "persona_version": writing.persona_version,
                "angle": writing.angle,
                "format": writing.format,
                // A number of this size is cut by many readers of JSON.
                "seed": writing.seed.to_string(),
                "system_prompt": asked.map(|asked| asked.system.as_ref()),
                "batch_prompt": asked.map(|asked| asked.batch.as_ref()),
            })),
        }))?;
        Ok(())
    }
}

async fn origin(db: &Db, post: &Post) -> Result<Option<Origin>, Failure> {
    let Some(writing) = db.find_writing(post.id).await? else { return Ok(None) };
    let persona = db.find_persona(&post.bot, writing.persona_version).await?;
    let current = db.list_personas(&post.bot, 1).await?.first().map(|state| state.version);
    Ok(Some(Origin { writing, persona, current }))
}

/// What can be said of a post that has no origin.
fn unknown(post: &Post) -> &'static str {
    match post.generation_model.as_deref() {
        Some("import") => "by a person, or in a file",
        Some(EVERGREEN) => "by a person, who kept it aside as evergreen stock",
        Some(_) | None => {
            "by a version of Flockwork that did not note how; its persona and prompt are not known"
        }
    }
}

fn of_origin(
    post: &Post,
    Origin { writing, persona, current }: &Origin,
) -> Vec<(&'static str, String)> {
    let model = post.generation_model.as_deref().unwrap_or("an unknown model");
    let version = writing.persona_version;
    let standing = match (persona, current) {
        (Some(_), Some(current)) if *current == version => "the one in force".to_owned(),
        (Some(state), _) => {
            format!("in force since {}, not any more", absolute(state.since, &TimeZone::UTC))
        }
        (None, _) => "which the database does not have".to_owned(),
    };
    let how = if model == GRAMMAR {
        format!("by the grammar, seed {}", writing.seed)
    } else {
        format!("by {model}, seed {}", writing.seed)
    };
    let cost = format!("{} tokens, {}", post.generation_tokens, post.generation_cost);
    let mut lines = Vec::new();
    let sides = [("angle", &writing.angle), ("format", &writing.format)];
    lines.extend(sides.into_iter().filter_map(|(name, side)| Some((name, side.clone()?))));
    lines.extend([
        ("written", how),
        ("persona", format!("version {version}, {standing}")),
        ("cost", cost),
    ]);
    lines
}
