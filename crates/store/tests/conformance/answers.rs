//! A request is done once under a key, whoever else uses the same word.

use domain::ports::answers::{ANSWER_KEPT, AnswerStore, KeptAnswer, Once, OnceKey};
use jiff::SignedDuration;

use crate::steps::{nine, secs};
use crate::world::{World, on_both};

fn once(caller: &str, request: &str) -> OnceKey {
    let (caller, key, request) = (caller.to_owned(), "k-1".to_owned(), request.to_owned());
    OnceKey { caller, key, request }
}

fn answer() -> KeptAnswer {
    let location = Some("/api/v1/posts/7".to_owned());
    KeptAnswer { status: 201, location, body: "{\"text\":\"a\u{0}b\"}".to_owned() }
}

async fn a_key_is_begun_once_and_answered_the_same(world: &World) {
    let db = &world.db;
    let mine = once("user 1", "a");
    assert_eq!(db.begin_once(&mine, nine()).await.unwrap(), Once::First);
    let again = db.begin_once(&mine, nine() + secs(1)).await.unwrap();
    assert_eq!(again, Once::Begun(nine()));
    db.keep_answer(&mine, &answer()).await.unwrap();
    let kept = KeptAnswer { body: answer().body.replace('\0', "\u{fffd}"), ..answer() };
    assert_eq!(db.begin_once(&mine, nine() + secs(2)).await.unwrap(), Once::Done(kept.clone()));
    let other = KeptAnswer { status: 409, ..answer() };
    db.keep_answer(&mine, &other).await.unwrap();
    db.forget_once(&mine).await.unwrap();
    let still = db.begin_once(&mine, nine() + secs(3)).await.unwrap();
    assert_eq!(still, Once::Done(kept), "what was answered stays so");
}

async fn a_key_means_one_request_of_one_caller_for_a_day(world: &World) {
    let db = &world.db;
    let mine = once("user 1", "a");
    assert_eq!(db.begin_once(&mine, nine()).await.unwrap(), Once::First);
    let other = once("user 1", "b");
    assert_eq!(db.begin_once(&other, nine()).await.unwrap(), Once::Other);
    db.forget_once(&other).await.unwrap();
    assert_eq!(db.begin_once(&mine, nine()).await.unwrap(), Once::Begun(nine()));
    let theirs = once("token 1", "a");
    assert_eq!(db.begin_once(&theirs, nine()).await.unwrap(), Once::First);
    let almost = nine() + ANSWER_KEPT - SignedDuration::from_millis(1);
    assert_eq!(db.begin_once(&mine, almost).await.unwrap(), Once::Begun(nine()));
    assert_eq!(db.begin_once(&other, nine() + ANSWER_KEPT).await.unwrap(), Once::First);
}

async fn a_key_of_which_nothing_was_done_is_free_again(world: &World) {
    let db = &world.db;
    let mine = once("user 1", "a");
    assert_eq!(db.begin_once(&mine, nine()).await.unwrap(), Once::First);
    db.forget_once(&mine).await.unwrap();
    assert_eq!(db.begin_once(&once("user 1", "b"), nine()).await.unwrap(), Once::First);
}

async fn of_two_at_once_one_is_the_first(world: &World) {
    let mine = once("user 1", "a");
    let (one, other) =
        tokio::join!(world.db.begin_once(&mine, nine()), world.db.begin_once(&mine, nine()));
    let firsts = [one.unwrap(), other.unwrap()];
    assert_eq!(firsts.iter().filter(|one| **one == Once::First).count(), 1, "{firsts:?}");
}

on_both! {
    a_key_is_begun_once_and_answered_the_same,
    a_key_means_one_request_of_one_caller_for_a_day,
    a_key_of_which_nothing_was_done_is_free_again,
    of_two_at_once_one_is_the_first,
}
