//! The moderation endpoint without a network.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{GenerationUsage, MicroUsd, Opinion};
use domain::ports::{Moderated, Moderator, ModeratorError};
use jiff::Timestamp;

use crate::World;
use crate::faults::ModerationFault;
use crate::moderation::Judgement;

/// A client gives up on it after this.
const MODERATE_TIMEOUT: Duration = Duration::from_secs(20);

/// The fake endpoint as the engine sees it.
#[derive(Clone)]
pub struct SandboxModerator {
    world: Arc<World>,
    /// What a question costs.
    price: MicroUsd,
}

impl SandboxModerator {
    /// A door into `world`; nothing is charged.
    pub fn new(world: Arc<World>) -> Self {
        Self { world, price: MicroUsd::ZERO }
    }

    /// One that charges so much for a question that it answers.
    pub fn charging(world: Arc<World>, price: MicroUsd) -> Self {
        Self { world, price }
    }
}

#[async_trait]
impl Moderator for SandboxModerator {
    async fn moderate(&self, texts: &[&str]) -> Result<Moderated, ModeratorError> {
        let (judgement, slowness) = self.world.judge(texts);
        if slowness >= MODERATE_TIMEOUT {
            return Err(ModeratorError::Unavailable("no answer in 20 s".to_owned()));
        }
        let opinions = match judgement {
            Judgement::Opinions(opinions) => opinions,
            Judgement::Fault(fault) => return Err(error(fault)),
        };
        let opinions = opinions.into_iter().map(|hit| Opinion {
            is_flagged: !hit.is_empty(),
            categories: hit.into_iter().collect(),
        });
        let usage = GenerationUsage { cost: Some(self.price), ..GenerationUsage::default() };
        Ok(Moderated { opinions: opinions.collect(), usage })
    }

    fn ceiling(&self, _: &[&str], _: Timestamp) -> Option<MicroUsd> {
        Some(self.price)
    }
}

fn error(fault: ModerationFault) -> ModeratorError {
    let words = |words: &str| words.to_owned();
    match fault {
        ModerationFault::Close => {
            ModeratorError::Unavailable(words("the connection ended without an answer"))
        }
        ModerationFault::Missing => ModeratorError::Refused(words("Invalid URL (HTTP 404)")),
        ModerationFault::Unauthorized => {
            ModeratorError::Unauthorized(words("Incorrect API key provided. (HTTP 401)"))
        }
        ModerationFault::Status { status } => {
            ModeratorError::Unavailable(format!("The server had an error. (HTTP {status})"))
        }
        ModerationFault::RateLimited { .. } => {
            ModeratorError::Unavailable(words("it asks us to wait"))
        }
        ModerationFault::Garbage => ModeratorError::Unusable(words("it holds no list of results")),
        ModerationFault::Miscounted => ModeratorError::Unusable(words("it leaves a text out")),
        ModerationFault::Slow { secs } => {
            ModeratorError::Unavailable(format!("no answer in {secs} s"))
        }
    }
}
