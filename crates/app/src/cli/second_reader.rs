//! The moderation endpoint as commands ask it: about the texts of a bot, at that bot's expense where it
//! costs something.

use domain::model::{BotId, Consent};
use domain::rules::review::Finding;
use engine::Moderation;
use store::Db;

use super::context::Context;
use crate::adapters;
use crate::config::Config;
use crate::exit::Failure;

/// It, where one is configured.
pub struct SecondReader(Option<Moderation>);

impl SecondReader {
    /// The one of this configuration.
    pub fn of(config: &Config) -> Result<Self, Failure> {
        Ok(Self(adapters::moderation(config)?))
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// What it has against each of these texts, or that it did not see them.
    pub async fn look(
        &self,
        db: &Db,
        bot: &BotId,
        texts: &[&str],
        context: &Context,
    ) -> Result<Vec<Option<Finding>>, Failure> {
        let Some(moderation) = &self.0 else { return Ok(texts.iter().map(|_| None).collect()) };
        let looked = moderation.look_for(db, (bot, None), texts, context.clock.as_ref()).await?;
        Ok(looked.findings)
    }
}

/// A rule that needs more than the text wants a person to look.
pub fn ask_person(consent: &mut Consent, finding: &Finding) {
    let said = format!("{}: {}", finding.rule, finding.message);
    match consent {
        Consent::Given { needs_person, .. } => *needs_person = true,
        Consent::ByMode => *consent = Consent::NeedsPerson { because: said },
        Consent::NeedsPerson { because } => *because = format!("{because}; {said}"),
    }
}
