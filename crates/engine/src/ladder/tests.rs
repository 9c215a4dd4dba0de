//! Who writes when others cannot.

use domain::model::{BotId, Candidate};
use domain::ports::TopicWish;
use domain::rules::prompt::prompt;
use jiff::SignedDuration;
use testkit::{TestClock, at};

use super::*;

/// A writer that does what it was last told to, and counts.
#[derive(Default)]
struct Told {
    error: Mutex<Option<WriterError>>,
    asked: Mutex<Vec<usize>>,
    price: Mutex<Option<MicroUsd>>,
}

impl Told {
    fn fails(&self, error: Option<WriterError>) {
        *hold(&self.error) = error;
    }

    fn asked(&self) -> usize {
        hold(&self.asked).len()
    }
}

#[async_trait]
impl Writer for Told {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        hold(&self.asked).push(request.wishes.len());
        match hold(&self.error).clone() {
            Some(error) => Err(error),
            None => {
                Ok(WriteAnswer { candidates: vec![Candidate::default()], ..WriteAnswer::default() })
            }
        }
    }

    fn ceiling(&self, _: &WriteRequest, _: Timestamp) -> Option<MicroUsd> {
        *hold(&self.price)
    }
}

struct House {
    clock: TestClock,
    model: Arc<Told>,
    other: Arc<Told>,
    grammar: Arc<Told>,
    ladder: Ladder,
}

fn house() -> House {
    let clock = TestClock::at(at("2026-11-23T08:00:00Z"));
    let [model, other, grammar] = std::array::from_fn(|_| Arc::new(Told::default()));
    let ladder = Ladder::new(Arc::new(clock.clone()))
        .step("large", model.clone())
        .step("small", other.clone())
        .last_resort("grammar", grammar.clone());
    House { clock, model, other, grammar, ladder }
}

fn request(is_urgent: bool) -> WriteRequest {
    let persona = testkit::persona();
    let wishes = vec![TopicWish::on("weather", 1); 10];
    WriteRequest {
        bot: BotId::try_from("ada").unwrap(),
        prompt: prompt(&persona, &wishes, &[]),
        persona,
        wishes,
        seed: 1,
        is_thrifty: false,
        is_urgent,
        needs_model: false,
    }
}

/// Who was tried, `name` or `name: why not`.
async fn tried(house: &House, is_urgent: bool) -> Vec<String> {
    match house.ladder.write(&request(is_urgent)).await {
        Ok(answer) => answer
            .tried
            .iter()
            .map(|one| match &one.error {
                None => one.writer.clone(),
                Some(_) => format!("{}: failed", one.writer),
            })
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn away() -> WriterError {
    WriterError::Unavailable("connection refused".to_owned())
}

#[tokio::test]
async fn the_first_that_can_writes() {
    let house = house();
    assert_eq!(tried(&house, true).await, ["large"]);
    house.model.fails(Some(away()));
    assert_eq!(tried(&house, false).await, ["large: failed", "small"]);
    house.other.fails(Some(away()));
    let failed = tried(&house, false).await;
    assert_eq!(failed, ["the model server cannot be reached: connection refused"]);
    assert_eq!(house.grammar.asked(), 0, "there are posts enough to wait for the model");
    assert_eq!(tried(&house, true).await, ["large: failed", "small: failed", "grammar"]);
    assert_eq!(*hold(&house.grammar.asked), [3], "only what the next slots need");
}

#[tokio::test]
async fn who_failed_is_left_alone_for_a_while_and_then_comes_back() {
    let house = house();
    house.model.fails(Some(away()));
    for _ in 0..5 {
        assert_eq!(tried(&house, false).await, ["large: failed", "small"]);
    }
    assert_eq!((house.model.asked(), house.other.asked()), (1, 5));
    house.clock.advance(SignedDuration::from_secs(61));
    tried(&house, false).await;
    house.clock.advance(SignedDuration::from_secs(61));
    tried(&house, false).await;
    assert_eq!(house.model.asked(), 2, "it rests longer after the second failure");
    house.clock.advance(SignedDuration::from_secs(60));
    house.model.fails(None);
    assert_eq!(tried(&house, false).await, ["large"]);
    assert_eq!(tried(&house, false).await, ["large"]);
}

#[tokio::test]
async fn a_batch_that_a_model_does_not_want_says_nothing_of_the_next() {
    let house = house();
    house.model.fails(Some(WriterError::Refused("no".to_owned())));
    for _ in 0..3 {
        assert_eq!(tried(&house, false).await, ["large: failed", "small"]);
    }
    assert_eq!(house.model.asked(), 3);
}

#[tokio::test]
async fn all_that_may_be_asked_is_reserved_and_what_was_billed_in_vain_is_told() {
    let house = house();
    let ceiling = || house.ladder.ceiling(&request(true), Timestamp::UNIX_EPOCH);
    assert_eq!(ceiling(), None, "nobody knows a price");
    *hold(&house.grammar.price) = Some(MicroUsd::ZERO);
    *hold(&house.model.price) = Some(MicroUsd(400));
    assert_eq!(ceiling(), Some(MicroUsd(400)), "what is known is reserved");
    *hold(&house.other.price) = Some(MicroUsd(30));
    assert_eq!(ceiling(), Some(MicroUsd(430)));

    house.model.fails(Some(away()));
    let lost = async || house.ladder.write(&request(true)).await.unwrap().lost;
    assert_eq!(lost().await, MicroUsd(400), "its answer was lost on the way");
    assert_eq!(lost().await, MicroUsd::ZERO, "it rests, and nobody asked it");
    house.other.fails(Some(WriterError::NotSent("no route".to_owned())));
    assert_eq!(lost().await, MicroUsd::ZERO, "nobody heard it");
}

#[tokio::test]
async fn of_two_failures_the_one_that_may_be_billed_is_told() {
    let house = house();
    house.model.fails(Some(WriterError::RateLimited { after: None }));
    house.other.fails(Some(away()));
    let failed = async || house.ladder.write(&request(false)).await.unwrap_err();
    assert!(failed().await.may_be_billed());
    assert!(!failed().await.may_be_billed(), "both rest, and nobody asked them");
}
