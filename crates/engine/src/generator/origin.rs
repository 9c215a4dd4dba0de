//! How a batch was written, for each of its posts.

use domain::model::{Candidate, GRAMMAR, GenerationUsage};
use domain::ports::WriteRequest;
use domain::ports::store::{AskedPrompt, Refill, Writing};

/// What the posts of a batch have in common. A grammar is asked nothing.
pub(super) fn of(refill: &Refill, request: &WriteRequest, usage: &GenerationUsage) -> Writing {
    let is_model = usage.model != GRAMMAR;
    Writing {
        persona_version: refill.persona_version,
        prompt: is_model.then(|| AskedPrompt {
            system: request.prompt.system.as_str().into(),
            batch: request.prompt.user.as_str().into(),
        }),
        seed: request.seed,
        angle: None,
        format: None,
    }
}

/// And what is its own of one of them.
pub(super) fn of_one(shared: &Writing, candidate: &Candidate) -> Writing {
    let prompt = shared.prompt.clone().map(|prompt| AskedPrompt {
        batch: candidate.asked.clone().unwrap_or(prompt.batch),
        ..prompt
    });
    Writing {
        prompt,
        angle: candidate.angle.clone(),
        format: candidate.format.clone(),
        ..shared.clone()
    }
}
