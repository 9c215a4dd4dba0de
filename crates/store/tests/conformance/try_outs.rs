//! Try-outs: one at a time for each person, and none is left hanging.

use domain::model::{BotForm, MicroUsd, TriedFinding, TriedText, TryOutState};
use domain::ports::store::{NewTryOut, TRY_OUT_KEPT, TRY_OUT_MAX, TryOutAnswer, TryOutStore};

use crate::steps::{declare, id, lease, nine, secs};
use crate::world::{World, on_both};

fn by(person: &str) -> NewTryOut {
    let form = BotForm::default().with([("tone".to_owned(), "dry".to_owned())]);
    let persona = testkit::bot("ada").persona;
    NewTryOut { bot: id("ada"), persona, form, asked_by: person.to_owned() }
}

fn answer() -> TryOutAnswer {
    let finding = TriedFinding { rule: "length".into(), message: "is long".into(), blocks: true };
    let text = TriedText { text: "Fog.".into(), topic: None, findings: vec![finding] };
    let model = Some("a model".to_owned());
    TryOutAnswer { texts: vec![text], model, cost: MicroUsd(1_200), error: None }
}

async fn a_person_has_one_at_a_time_and_sees_what_came(world: &World) {
    declare(world, &["ada"]).await;
    let db = &world.db;
    let fence = lease(world, nine()).await.fence;
    let eve = db.ask_try_out(&by("eve"), nine()).await.unwrap().unwrap();
    assert_eq!(db.ask_try_out(&by("eve"), nine()).await.unwrap(), Err(eve), "the one she has");
    let ann = db.ask_try_out(&by("ann"), nine()).await.unwrap().unwrap();
    let taken = db.take_try_outs(nine(), fence, 9).await.unwrap();
    assert_eq!(taken.iter().map(|one| one.id).collect::<Vec<_>>(), [eve, ann]);
    assert_eq!((&taken[0].asked, taken[0].state), (&by("eve"), TryOutState::Writing));
    assert!(db.take_try_outs(nine(), fence, 9).await.unwrap().is_empty(), "taken once");

    assert!(db.end_try_out(eve, fence, &answer(), nine() + secs(3)).await.unwrap());
    assert!(!db.end_try_out(eve, fence, &answer(), nine()).await.unwrap(), "once");
    let found = db.find_try_out(eve).await.unwrap().unwrap();
    assert_eq!((found.state, found.answer), (TryOutState::Written, answer()));
    assert!(db.ask_try_out(&by("eve"), nine()).await.unwrap().is_ok(), "now another one");
    let nothing = TryOutAnswer { error: Some("no credit".into()), ..TryOutAnswer::default() };
    assert!(db.end_try_out(ann, fence, &nothing, nine()).await.unwrap());
    let found = db.find_try_out(ann).await.unwrap().unwrap();
    assert_eq!((found.state, found.answer), (TryOutState::GivenUp, nothing));
}

async fn one_that_takes_too_long_is_given_up_and_forgotten_after_a_day(world: &World) {
    declare(world, &["ada"]).await;
    let db = &world.db;
    let fence = lease(world, nine()).await.fence;
    let eve = db.ask_try_out(&by("eve"), nine()).await.unwrap().unwrap();
    db.take_try_outs(nine(), fence, 9).await.unwrap();
    assert_eq!(db.tidy_try_outs(9, nine() + TRY_OUT_MAX).await.unwrap(), 0, "not yet");
    let late = nine() + TRY_OUT_MAX + secs(1);
    assert_eq!(db.tidy_try_outs(9, late).await.unwrap(), 1);
    let found = db.find_try_out(eve).await.unwrap().unwrap();
    assert_eq!(found.state, TryOutState::GivenUp);
    assert!(found.answer.error.unwrap().contains("took too long"));
    assert!(!db.end_try_out(eve, fence, &answer(), late).await.unwrap(), "it comes too late");
    assert!(db.ask_try_out(&by("eve"), late).await.unwrap().is_ok());
    db.tidy_try_outs(9, nine() + TRY_OUT_KEPT + secs(1)).await.unwrap();
    assert_eq!(db.find_try_out(eve).await.unwrap(), None);
}

on_both! {
    a_person_has_one_at_a_time_and_sees_what_came,
    one_that_takes_too_long_is_given_up_and_forgotten_after_a_day,
}
