//! `persona_versions`, `prompts` and `post_origins`: who wrote what, and what was asked.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::model::{BotId, PersonaVersion, PostId};
use domain::ports::store::{
    AskedPrompt, NewPost, OriginStore, PersonaState, PostOrigin, RecentPost, StoreError, Writing,
};
use sha2::{Digest, Sha256};

use crate::arg::args;
use crate::batch::batch_row;
use crate::db::{Db, Tx};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::row::row;
use crate::rows::Reading;
use crate::text::hex;

static KEEP_PROMPTS: Sql = Sql::new(
    "prompts",
    "{each hash text}
     INSERT INTO prompts (hash, text, created_at) SELECT r.hash, r.text, $2 {from} WHERE true
     ON CONFLICT (hash) DO NOTHING",
);

static KEEP: Sql = Sql::new(
    "post_origins",
    "{each post:int version:int system batch seed:int angle format}
     INSERT INTO post_origins (post_id, persona_version, system_prompt, batch_prompt, seed, angle,
        format)
     SELECT r.post, r.version, r.system, r.batch, r.seed, r.angle, r.format {from} WHERE true
     ON CONFLICT (post_id) DO NOTHING",
);

static FIND: Sql = Sql::new(
    "post_origins",
    "SELECT o.post_id, o.persona_version, o.seed, o.angle, o.format, s.text AS system,
        b.text AS batch
     FROM post_origins o LEFT JOIN prompts s ON s.hash = o.system_prompt
     LEFT JOIN prompts b ON b.hash = o.batch_prompt
     WHERE o.post_id = $1",
);

static RECENT: Sql = Sql::new(
    "posts",
    "SELECT p.content, p.category, o.angle, o.format
     FROM posts p LEFT JOIN post_origins o ON o.post_id = p.id
     WHERE p.bot_id = $1 ORDER BY p.id DESC LIMIT $2",
);

static PERSONAS: Sql = Sql::new(
    "persona_versions",
    "SELECT bot_id, version, persona, created_at FROM persona_versions
     WHERE bot_id = $1 ORDER BY version DESC LIMIT $2",
);

static PERSONA: Sql = Sql::new(
    "persona_versions",
    "SELECT bot_id, version, persona, created_at FROM persona_versions
     WHERE bot_id = $1 AND version = $2",
);

pub(crate) static TEXTS: [&Sql; 6] = [&KEEP_PROMPTS, &KEEP, &FIND, &RECENT, &PERSONAS, &PERSONA];

row! {
    struct WritingRow {
        post_id: i64,
        persona_version: i64,
        seed: i64,
        angle: Option<String>,
        format: Option<String>,
        system: Option<String>,
        batch: Option<String>,
    }
}

row! {
    struct PersonaStateRow {
        bot_id: String,
        version: i64,
        persona: String,
        created_at: i64,
    }
}

impl WritingRow {
    fn read(self) -> Result<Writing, StoreError> {
        let reading = Reading::of("post_origins", self.post_id);
        let prompt = match (self.system, self.batch) {
            (Some(system), Some(batch)) => {
                Some(AskedPrompt { system: system.into(), batch: batch.into() })
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(reading.corrupt("only one part of its prompt is there"));
            }
        };
        Ok(Writing {
            persona_version: reading.count("persona_version", self.persona_version)?,
            prompt,
            seed: self.seed.cast_unsigned(),
            angle: self.angle,
            format: self.format,
        })
    }
}

impl PersonaStateRow {
    fn read(&self) -> Result<PersonaState, StoreError> {
        let row = format!("{}/{}", self.bot_id, self.version);
        let reading = Reading::of("persona_versions", row);
        Ok(PersonaState {
            version: reading.count("version", self.version)?,
            since: reading.time("created_at", self.created_at)?,
            persona: reading.json("persona", &self.persona)?,
        })
    }
}

#[async_trait]
impl OriginStore for Db {
    async fn find_writing(&self, post: PostId) -> Result<Option<Writing>, StoreError> {
        self.one::<WritingRow>(&FIND, &args![post.0]).await?.map(WritingRow::read).transpose()
    }

    async fn list_recent_posts(
        &self,
        bot: &BotId,
        max: u32,
    ) -> Result<Vec<RecentPost>, StoreError> {
        type Recent = (String, Option<String>, Option<String>, Option<String>);
        let rows: Vec<Recent> = self.all(&RECENT, &args![bot.as_str(), i64::from(max)]).await?;
        let recent = rows.into_iter().map(|(text, topic, angle, format)| RecentPost {
            text,
            topic,
            angle,
            format,
        });
        Ok(recent.collect())
    }

    async fn list_personas(&self, bot: &BotId, max: u32) -> Result<Vec<PersonaState>, StoreError> {
        let rows: Vec<PersonaStateRow> =
            self.all(&PERSONAS, &args![bot.as_str(), i64::from(max)]).await?;
        rows.iter().map(PersonaStateRow::read).collect()
    }

    async fn find_persona(
        &self,
        bot: &BotId,
        version: PersonaVersion,
    ) -> Result<Option<PersonaState>, StoreError> {
        let found =
            self.one::<PersonaStateRow>(&PERSONA, &args![bot.as_str(), i64::from(version)]).await?;
        found.as_ref().map(PersonaStateRow::read).transpose()
    }
}

batch_row! {
    struct PromptRow<'a> {
        hash: String,
        text: &'a str,
    }
}

batch_row! {
    struct OriginRow<'a> {
        post: i64,
        version: u32,
        system: Option<String>,
        batch: Option<String>,
        seed: i64,
        angle: Option<&'a str>,
        format: Option<&'a str>,
    }
}

/// Writes how these posts were written; those that a person brought are left out. A prompt is kept
/// once, however many posts it brought.
pub(crate) async fn keep<'a>(
    tx: &mut Tx,
    posts: impl Iterator<Item = (i64, &'a NewPost)>,
    now: i64,
) -> Result<(), Fault> {
    let mut prompts: BTreeMap<String, &str> = BTreeMap::new();
    let mut origins = Vec::new();
    for (post, new) in posts {
        let PostOrigin::Generated { writing, .. } = &new.origin else { continue };
        let mut kept = |text: &'a str| {
            let hash = hex(&Sha256::digest(text.as_bytes()));
            prompts.insert(hash.clone(), text);
            hash
        };
        origins.push(OriginRow {
            post,
            version: writing.persona_version,
            system: writing.prompt.as_ref().map(|prompt| kept(&prompt.system)),
            batch: writing.prompt.as_ref().map(|prompt| kept(&prompt.batch)),
            seed: writing.seed.cast_signed(),
            angle: writing.angle.as_deref(),
            format: writing.format.as_deref(),
        });
    }
    let prompts: Vec<PromptRow<'_>> =
        prompts.into_iter().map(|(hash, text)| PromptRow { hash, text }).collect();
    if !prompts.is_empty() {
        tx.run_each(&KEEP_PROMPTS, &prompts, &args![now]).await?;
    }
    if !origins.is_empty() {
        tx.run_each(&KEEP, &origins, &[]).await?;
    }
    Ok(())
}
