//! A writer whose mistakes go back to it once. What is refused again is dropped by whoever asked, with
//! its reason; what is only like another post is not, because nothing is wrong with it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{Candidate, GRAMMAR, GenerationUsage, MicroUsd};
use domain::ports::{Clock, TopicWish, WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::cost::model_cost;
use domain::rules::prompt::{Refused, again, repair};
use domain::rules::review::{disclosed, review};
use jiff::Timestamp;

/// Asks `writer`, and once more for what it did wrong.
pub struct RepairingWriter {
    writer: Arc<dyn Writer>,
    clock: Arc<dyn Clock>,
}

impl RepairingWriter {
    /// Around this one.
    pub fn new(writer: Arc<dyn Writer>, clock: Arc<dyn Clock>) -> Self {
        Self { writer, clock }
    }

    /// Once more, after an answer that nobody can read, and that was written all the same.
    async fn write_again(
        &self,
        request: &WriteRequest,
        unusable: WriterError,
        why: &str,
    ) -> Result<WriteAnswer, WriterError> {
        let wasted = self.most(request);
        let prompt = again(&request.prompt, why);
        match self.writer.write(&WriteRequest { prompt, ..request.clone() }).await {
            Ok(answer) => Ok(WriteAnswer { lost: answer.lost + wasted, ..answer }),
            Err(error) if error.may_be_billed() => Err(error),
            Err(_) => Err(unusable),
        }
    }

    fn most(&self, request: &WriteRequest) -> MicroUsd {
        self.writer.ceiling(request, self.clock.now()).unwrap_or(MicroUsd::ZERO)
    }
}

#[async_trait]
impl Writer for RepairingWriter {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let answer = match self.writer.write(request).await {
            Ok(answer) => answer,
            Err(WriterError::Unusable(why)) => {
                let unusable = WriterError::Unusable(why.clone());
                return self.write_again(request, unusable, &why).await;
            }
            Err(error) => return Err(error),
        };
        // A grammar reads no reasons.
        let refused = refused(&answer, request);
        if refused.is_empty() || answer.usage.model == GRAMMAR {
            return Ok(answer);
        }
        let wishes: Vec<TopicWish> = refused.iter().map(|(_, one)| one.wish.clone()).collect();
        let texts: Vec<Refused> = refused.iter().map(|(_, one)| one.clone()).collect();
        let prompt = repair(&request.persona, &request.prompt.system, &texts);
        let asked: Arc<str> = prompt.user.as_str().into();
        let second = WriteRequest { prompt, wishes, ..request.clone() };
        match self.writer.write(&second).await {
            Ok(second) => {
                let places: Vec<usize> = refused.into_iter().map(|(place, _)| place).collect();
                Ok(joined(answer, second, &places, (&asked, self.clock.now())))
            }
            // The good ones of the first answer are paid for.
            Err(error) => {
                tracing::debug!("Nothing was written anew: {error}");
                let wasted = error.may_be_billed().then(|| self.most(&second));
                let lost = answer.lost + wasted.unwrap_or_default();
                Ok(WriteAnswer { lost, ..answer })
            }
        }
    }

    /// Both rounds. What goes back is longer than the first prompt by no more than the tokens are
    /// fewer than the bytes that they are counted as.
    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> Option<MicroUsd> {
        self.writer.ceiling(request, at).map(|once| once + once)
    }

    fn is_unpriced(&self, request: &WriteRequest) -> bool {
        self.writer.is_unpriced(request)
    }
}

/// What review refuses, and where it stands in the answer.
fn refused(answer: &WriteAnswer, request: &WriteRequest) -> Vec<(usize, Refused)> {
    let policy = &request.persona.policy;
    let candidates = answer.candidates.iter().enumerate();
    candidates
        .filter_map(|(place, candidate)| {
            let verdict = review(&disclosed(&candidate.text, policy), policy);
            let reason = verdict.findings.first()?.message.clone();
            let wish = TopicWish {
                angle: candidate.angle.clone(),
                format: candidate.format.clone(),
                ..TopicWish::on(candidate.topic.clone()?, 1)
            };
            Some((place, Refused { wish, text: candidate.text.clone(), reason }))
        })
        .collect()
}

/// The first answer, with those of the second behind what they replace: whoever asked reviews all of
/// them and counts what was dropped.
fn joined(
    mut first: WriteAnswer,
    second: WriteAnswer,
    replaced: &[usize],
    (asked, at): (&Arc<str>, Timestamp),
) -> WriteAnswer {
    let mut place = 0;
    first.candidates.retain(|_| {
        place += 1;
        !replaced.contains(&(place - 1))
    });
    let anew = second.candidates.into_iter().take(replaced.len());
    let anew = anew.map(|candidate| Candidate { asked: Some(Arc::clone(asked)), ..candidate });
    first.candidates.extend(anew);
    first.usage = both(first.usage, &second.usage, at);
    first.lost += second.lost;
    first.tried.extend(second.tried);
    first
}

/// What two requests took. A cost that a server named for only one of them is no cost of both, and two
/// models have a price each.
fn both(first: GenerationUsage, second: &GenerationUsage, at: Timestamp) -> GenerationUsage {
    let cost = if first.model == second.model {
        first.cost.zip(second.cost).map(|(one, other)| one + other)
    } else {
        let each = [model_cost(&first, at), model_cost(second, at)];
        each.iter().any(Option::is_some).then(|| each.into_iter().flatten().sum())
    };
    GenerationUsage {
        prompt_tokens: first.prompt_tokens.saturating_add(second.prompt_tokens),
        cached_tokens: first.cached_tokens.saturating_add(second.cached_tokens),
        completion_tokens: first.completion_tokens.saturating_add(second.completion_tokens),
        cost,
        ..first
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::model::BotId;
    use domain::rules::prompt::prompt;

    use super::*;

    /// Gives these answers in turn, and keeps what it was asked.
    struct Told {
        answers: Mutex<Vec<Result<Vec<&'static str>, WriterError>>>,
        asked: Mutex<Vec<WriteRequest>>,
    }

    #[async_trait]
    impl Writer for Told {
        async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
            self.asked.lock().unwrap().push(request.clone());
            let texts = self.answers.lock().unwrap().remove(0)?;
            let wishes = request.wishes.iter();
            Ok(WriteAnswer {
                candidates: texts
                    .into_iter()
                    .zip(wishes)
                    .map(|(text, wish)| wish.fulfilled_by(text))
                    .collect(),
                usage: GenerationUsage {
                    model: "sandbox".to_owned(),
                    prompt_tokens: 100,
                    completion_tokens: 10,
                    ..GenerationUsage::default()
                },
                ..WriteAnswer::default()
            })
        }

        fn ceiling(&self, _: &WriteRequest, _: Timestamp) -> Option<MicroUsd> {
            Some(MicroUsd(1_000))
        }
    }

    async fn write(
        answers: Vec<Result<Vec<&'static str>, WriterError>>,
    ) -> (Result<WriteAnswer, WriterError>, Vec<WriteRequest>) {
        let told = Arc::new(Told { answers: Mutex::new(answers), asked: Mutex::default() });
        let persona = testkit::persona();
        let side = TopicWish { angle: Some("sound".to_owned()), ..TopicWish::on("ships", 1) };
        let wishes = vec![TopicWish::on("weather", 1), side];
        let request = WriteRequest {
            bot: BotId::try_from("ada").unwrap(),
            prompt: prompt(&persona, &wishes, &[]),
            persona,
            wishes,
            seed: 1,
            is_thrifty: false,
            is_urgent: false,
            needs_model: false,
        };
        let clock = Arc::new(testkit::TestClock::at(testkit::at("2026-11-23T08:00:00Z")));
        let writer = RepairingWriter::new(told.clone(), clock);
        assert_eq!(writer.ceiling(&request, Timestamp::UNIX_EPOCH), Some(MicroUsd(2_000)));
        let answer = writer.write(&request).await;
        let asked = std::mem::take(&mut *told.asked.lock().unwrap());
        (answer, asked)
    }

    fn texts(answer: &WriteAnswer) -> Vec<&str> {
        answer.candidates.iter().map(|candidate| candidate.text.as_str()).collect()
    }

    #[tokio::test]
    async fn what_is_refused_goes_back_once_with_its_reason() {
        let first = Ok(vec!["Fog since four.", "Ahoy @stranger, a ship went by."]);
        let (answer, asked) = write(vec![first, Ok(vec!["A ship went by."])]).await;
        let answer = answer.unwrap();
        assert_eq!(texts(&answer), ["Fog since four.", "A ship went by."]);
        assert_eq!(answer.candidates[1].angle.as_deref(), Some("sound"));
        assert_eq!((answer.usage.prompt_tokens, answer.usage.completion_tokens), (200, 20));
        let [request, again] = &asked[..] else { panic!("asked twice: {}", asked.len()) };
        assert_eq!(again.prompt.system, request.prompt.system, "the server has it in its cache");
        let told = &again.prompt.user;
        assert!(told.contains(r#"1. on "ships", from this side: "sound""#), "{told}");
        assert!(told.contains("Ahoy @stranger") && told.contains("because it mentions"), "{told}");
        let kept = answer.candidates[1].asked.as_deref();
        assert_eq!((kept, answer.candidates[0].asked.as_deref()), (Some(told.as_str()), None));
    }

    #[tokio::test]
    async fn a_good_batch_is_asked_for_once_and_a_bad_one_not_three_times() {
        let (answer, asked) = write(vec![Ok(vec!["Fog.", "A ship."])]).await;
        assert_eq!((texts(&answer.unwrap()), asked.len()), (vec!["Fog.", "A ship."], 1));
        let bad = || Ok(vec!["Hi @a", "Hi @b"]);
        let (answer, asked) = write(vec![bad(), bad()]).await;
        assert_eq!((texts(&answer.unwrap()), asked.len()), (vec!["Hi @a", "Hi @b"], 2));
        let first = Ok(vec!["Fog.", "Hi @b"]);
        let (answer, _) = write(vec![first, Err(WriterError::Refused("no".to_owned()))]).await;
        let answer = answer.unwrap();
        assert_eq!(texts(&answer), ["Fog.", "Hi @b"], "whoever asked drops it");
        assert_eq!(answer.lost, MicroUsd(1_000), "a refusal may be billed");
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_read_is_asked_for_once_more() {
        let unusable = || Err(WriterError::Unusable("it holds no list of posts".to_owned()));
        let (answer, asked) = write(vec![unusable(), Ok(vec!["Fog.", "A ship."])]).await;
        let answer = answer.unwrap();
        assert_eq!((texts(&answer), answer.lost), (vec!["Fog.", "A ship."], MicroUsd(1_000)));
        assert!(asked[1].prompt.user.ends_with("it holds no list of posts"), "{asked:?}");
        let (answer, asked) = write(vec![unusable(), unusable()]).await;
        assert_eq!((answer.is_err(), asked.len()), (true, 2));
        let unheard = Err(WriterError::NotSent("refused".to_owned()));
        let (answer, _) = write(vec![unusable(), unheard]).await;
        assert!(answer.unwrap_err().may_be_billed(), "the first was written");
    }

    #[test]
    fn two_models_are_priced_each_by_itself() {
        let usage = |model: &str, cost: Option<i64>| GenerationUsage {
            model: model.to_owned(),
            cost: cost.map(MicroUsd),
            ..GenerationUsage::default()
        };
        let now = testkit::at("2026-11-23T08:00:00Z");
        for (first, second, cost) in [
            (usage("one", Some(3)), usage("one", Some(4)), Some(7)),
            (usage("one", Some(3)), usage("one", None), None),
            (usage("one", Some(3)), usage(GRAMMAR, None), Some(3)),
            (usage("one", Some(3)), usage("two", Some(4)), Some(7)),
            (usage("one", None), usage("two", None), None),
        ] {
            assert_eq!(both(first, &second, now).cost, cost.map(MicroUsd));
        }
    }
}
