//! Bots of the dashboard: one is written at a time, and nobody writes over what another just did.

use domain::model::access::{Act, Actor, ActorKind};
use domain::model::{
    Bot, BotFile, BotState, Budget, Budgets, Caps, ManagedBy, MicroUsd, Persona, Purse, PurseCaps,
    Scope,
};
use domain::ports::people::PeopleStore;
use domain::ports::store::{BotStore, BudgetStore, OriginStore, Saved};

use crate::steps::{declare, id, nine, secs, start, x_id};
use crate::world::{World, on_both};

fn fog() -> Bot {
    Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("fog") }
}

fn with_tone(tone: &str) -> Bot {
    let bot = fog();
    Bot { persona: Persona { tone: tone.to_owned(), ..bot.persona.clone() }, ..bot }
}

async fn stamp(world: &World) -> String {
    world.db.bot_stamp(&id("fog")).await.unwrap().unwrap()
}

async fn a_bot_is_saved_where_its_writer_saw_it(world: &World) {
    let db = &world.db;
    assert_eq!(db.bot_stamp(&id("fog")).await.unwrap(), None);
    assert_eq!(db.save_bot(&fog(), Some("a stamp"), nine()).await.unwrap(), Saved::Stale);
    assert_eq!(db.save_bot(&fog(), None, nine()).await.unwrap(), Saved::Done);
    assert_eq!(db.save_bot(&fog(), None, nine()).await.unwrap(), Saved::NameTaken);
    let (found, state, _) = db.find_bot(&id("fog")).await.unwrap().unwrap();
    assert_eq!((found, state), (fog(), BotState::Active));

    let first = stamp(world).await;
    let dry = with_tone("dry");
    assert_eq!(db.save_bot(&dry, Some(&first), nine() + secs(60)).await.unwrap(), Saved::Done);
    let late = with_tone("warm");
    assert_eq!(db.save_bot(&late, Some(&first), nine() + secs(90)).await.unwrap(), Saved::Stale);
    assert_eq!(db.find_bot(&id("fog")).await.unwrap().unwrap().0, dry);
    let states = db.list_personas(&id("fog"), 9).await.unwrap();
    let tones: Vec<(u32, &str)> =
        states.iter().map(|one| (one.version, one.persona.tone.as_str())).collect();
    assert_eq!(tones, [(2, "dry"), (1, fog().persona.tone.as_str())]);
    // The same once more is no other state.
    let second = stamp(world).await;
    assert_eq!(db.save_bot(&dry, Some(&second), nine() + secs(99)).await.unwrap(), Saved::Done);
    assert_eq!(stamp(world).await, second);
    assert_eq!(db.list_personas(&id("fog"), 9).await.unwrap().len(), 2);
}

async fn what_files_declare_leaves_it_alone_and_it_leaves_theirs(world: &World) {
    let db = &world.db;
    db.save_bot(&fog(), None, start()).await.unwrap();
    declare(world, &["ada"]).await;
    assert_eq!(db.find_bot(&id("fog")).await.unwrap().unwrap().1, BotState::Active);
    let ada = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("ada") };
    let seen = db.bot_stamp(&id("ada")).await.unwrap().unwrap();
    let refused = db.save_bot(&ada, Some(&seen), nine()).await.unwrap();
    assert_eq!(refused, Saved::Elsewhere(ManagedBy::File));
    let seen = stamp(world).await;
    db.set_bot_state(&id("fog"), BotState::Closed, None, nine()).await.unwrap();
    let refused = db.save_bot(&with_tone("dry"), Some(&seen), nine()).await.unwrap();
    assert_eq!(refused, Saved::Elsewhere(ManagedBy::Dashboard), "a closed one stays as it was");
}

async fn an_account_has_one_bot(world: &World) {
    let db = &world.db;
    let sending = |bot: Bot| Bot { account: Some(x_id("370773112")), ..bot };
    db.save_bot(&sending(fog()), None, nine()).await.unwrap();
    let horn = sending(Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("horn") });
    assert_eq!(db.save_bot(&horn, None, nine()).await.unwrap(), Saved::AccountTaken(id("fog")));
    let rehearsing = Bot { is_rehearsal: true, ..horn };
    assert_eq!(db.save_bot(&rehearsing, None, nine()).await.unwrap(), Saved::Done);
}

/// The caps of the bot for X: a day, and a month.
async fn caps_for_x(world: &World) -> Caps {
    let budgets = world.db.list_budgets_of(&id("fog"), nine()).await.unwrap();
    let own = |one: &&Budget| one.purse == Purse::X && matches!(one.scope, Scope::Bot(_));
    budgets.iter().find(own).unwrap().caps
}

async fn its_own_caps_stand_over_those_of_all_bots(world: &World) {
    let db = &world.db;
    let dollars = |dollars: i64| Some(MicroUsd(dollars * 1_000_000));
    let all = |month| PurseCaps { x: Caps { day: dollars(2), month }, model: Caps::default() };
    let budgets = Budgets { bot: all(dollars(20)), ..Budgets::default() };
    db.sync_budgets(&budgets, nine()).await.unwrap();
    let with_day = |day: Option<MicroUsd>| {
        let x = Caps { day, month: None };
        let budget = PurseCaps { x, model: Caps::default() };
        Bot { file: BotFile { budget, ..BotFile::default() }, ..fog() }
    };
    db.save_bot(&with_day(dollars(1)), None, nine()).await.unwrap();
    let own = Caps { day: dollars(1), month: dollars(20) };
    assert_eq!(caps_for_x(world).await, own);
    // What a node declares at its start leaves them alone.
    let budgets = Budgets { bot: all(dollars(30)), ..Budgets::default() };
    db.sync_budgets(&budgets, nine()).await.unwrap();
    assert_eq!(caps_for_x(world).await, Caps { month: dollars(30), ..own });
    let seen = stamp(world).await;
    db.save_bot(&with_day(None), Some(&seen), nine()).await.unwrap();
    assert_eq!(caps_for_x(world).await, Caps { day: dollars(2), month: dollars(30) });
}

async fn a_closed_one_is_opened_again_as_one_that_is_paused(world: &World) {
    let db = &world.db;
    assert_eq!(db.reopen_bot(&id("fog"), nine()).await.unwrap(), Saved::Stale);
    let sending = |bot: Bot| Bot { account: Some(x_id("370773112")), ..bot };
    db.save_bot(&sending(fog()), None, nine()).await.unwrap();
    assert_eq!(db.reopen_bot(&id("fog"), nine()).await.unwrap(), Saved::Stale, "it is open");
    db.set_bot_state(&id("fog"), BotState::Closed, None, nine()).await.unwrap();
    let horn = sending(Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("horn") });
    assert_eq!(db.save_bot(&horn, None, nine()).await.unwrap(), Saved::Done);
    let taken = Saved::AccountTaken(id("horn"));
    assert_eq!(db.reopen_bot(&id("fog"), nine()).await.unwrap(), taken);
    db.set_bot_state(&id("horn"), BotState::Closed, None, nine()).await.unwrap();
    assert_eq!(db.reopen_bot(&id("fog"), nine()).await.unwrap(), Saved::Done);
    assert_eq!(db.find_bot(&id("fog")).await.unwrap().unwrap().1, BotState::Paused);
    declare(world, &["ada"]).await;
    let refused = db.reopen_bot(&id("ada"), nine()).await.unwrap();
    assert_eq!(refused, Saved::Elsewhere(ManagedBy::File));
}

async fn what_was_done_to_a_bot_is_found_newest_first(world: &World) {
    let act = |action, object: &str| Act {
        actor: Actor { kind: ActorKind::User, name: "eve".to_owned() },
        action,
        object: object.to_owned(),
        detail: None,
        address: None,
        at: nine(),
    };
    let db = world.db.signed(act("bot.create", "bot fog"));
    db.save_bot(&fog(), None, nine()).await.unwrap();
    assert_eq!(db.save_bot(&fog(), None, nine()).await.unwrap(), Saved::NameTaken);
    let other = Bot { managed_by: ManagedBy::Dashboard, ..testkit::bot("horn") };
    world.db.signed(act("bot.create", "bot horn")).save_bot(&other, None, nine()).await.unwrap();
    let seen = stamp(world).await;
    let db = world.db.signed(act("bot.save", "bot fog"));
    db.save_bot(&with_tone("dry"), Some(&seen), nine()).await.unwrap();
    let lines = world.db.list_acts_on("bot fog", 9).await.unwrap();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["bot.save", "bot.create"], "a refusal changes nothing");
    assert_eq!(world.db.list_acts_on("bot fog", 1).await.unwrap().len(), 1);
}

on_both! {
    a_bot_is_saved_where_its_writer_saw_it,
    what_files_declare_leaves_it_alone_and_it_leaves_theirs,
    its_own_caps_stand_over_those_of_all_bots,
    a_closed_one_is_opened_again_as_one_that_is_paused,
    an_account_has_one_bot,
    what_was_done_to_a_bot_is_found_newest_first,
}
