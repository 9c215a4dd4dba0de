//! The moderation endpoint: does it say of a harmless text that it is one?

use domain::ports::{Moderated, ModeratorError};

use super::finding::Finding;

/// Nobody takes this for harm.
pub(super) const HARMLESS: &str = "The harbour was quiet this morning.";

const AREA: &str = "moderation";

pub(super) fn judge(asked: Result<Moderated, ModeratorError>) -> Finding {
    match asked {
        Ok(moderated) if moderated.opinions.iter().any(|opinion| opinion.is_flagged) => {
            Finding::doubtful(
                AREA,
                "the endpoint answers, and flags a harmless text",
                "try FLOCKWORK_MODERATION_MODEL with another model; what it flags needs a person",
            )
        }
        Ok(_) => Finding::good(AREA, "the endpoint answers, and each text is shown to it"),
        Err(error) => {
            let detail = format!("texts would wait for a person: {error}");
            Finding::bad(AREA, detail, mend(&error))
        }
    }
}

fn mend(error: &ModeratorError) -> &'static str {
    match error {
        ModeratorError::Unauthorized(_) => {
            "copy the key anew: FLOCKWORK_MODERATION_API_KEY, or OPENAI_API_KEY where that server writes"
        }
        ModeratorError::Refused(_) | ModeratorError::Unusable(_) => {
            "few servers moderate: set FLOCKWORK_MODERATION_BASE_URL to one that does, or unset \
             FLOCKWORK_MODERATION_MODEL"
        }
        ModeratorError::Unavailable(_) => {
            "look at the network and at FLOCKWORK_MODERATION_BASE_URL"
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::model::Opinion;

    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn each_answer_has_its_outcome_and_its_mend() {
        let opinion = |is_flagged| {
            let opinions = vec![Opinion { is_flagged, categories: Vec::new() }];
            Ok(Moderated { opinions, ..Moderated::default() })
        };
        assert_eq!(judge(opinion(false)).outcome, Outcome::Good);
        assert_eq!(judge(opinion(true)).outcome, Outcome::Doubtful);
        let words = String::from("HTTP 404");
        let mut mends = Vec::new();
        for error in [
            ModeratorError::Unauthorized(words.clone()),
            ModeratorError::Refused(words.clone()),
            ModeratorError::Unavailable(words),
        ] {
            let finding = judge(Err(error));
            assert_eq!(finding.outcome, Outcome::Bad);
            mends.extend(finding.mend);
        }
        mends.dedup();
        assert_eq!(mends.len(), 3);
    }
}
