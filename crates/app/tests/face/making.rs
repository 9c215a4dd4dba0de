//! A bot that the dashboard manages: made from an example, changed, and never written over.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{ApprovalMode, BotForm, BotId, ManagedBy, TryOutId};
use domain::ports::store::{BotStore as _, OriginStore as _, TryOutStore as _};

use crate::house::{Browser, House};

fn fog() -> BotId {
    BotId::try_from("fog").unwrap()
}

/// What a browser would send of the form of the first example.
fn fields(house: &House, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let example = house.declarer.examples().remove(0);
    let begun =
        [("example", example.name), ("name", "fog"), ("mode", "approval"), ("dry_run", "yes")];
    let typed = begun.iter().chain(changes).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let form = serde_json::to_value(example.form.with(typed)).unwrap();
    let form: std::collections::BTreeMap<String, String> = serde_json::from_value(form).unwrap();
    form.into_iter().collect()
}

async fn send(
    browser: &Browser<'_>,
    path: &str,
    fields: &[(String, String)],
) -> crate::house::Reply {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    browser.post(path, &fields).await
}

#[tokio::test]
async fn a_bot_is_made_from_an_example() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let choice = eve.get("/new-bot").await.body;
    for name in ["lighthouse", "library", "transit"] {
        assert!(choice.contains(&format!("/new-bot?example={name}")), "{name}: {choice}");
    }
    let form = eve.get("/new-bot?example=lighthouse").await.body;
    assert!(form.contains("You are an automated lighthouse"), "{form}");
    assert!(form.contains("<option value=\"approval\" selected>"), "it begins by asking");
    let made = send(&eve, "/new-bot", &fields(&house, &[])).await;
    assert_eq!(made.location(), "/bots/fog?did=bot_created&n=0", "{}", made.body);
    let (bot, ..) = house.db.find_bot(&fog()).await.unwrap().unwrap();
    assert_eq!((bot.managed_by, bot.mode), (ManagedBy::Dashboard, ApprovalMode::Approval));
    assert!(bot.is_rehearsal && !bot.is_live);
    assert_eq!(bot.schedules.len(), 2);
    let page = eve.get(made.location()).await.body;
    assert!(page.contains("The bot is there.") && page.contains("Save as a new state"), "{page}");
    assert_eq!(house.acts().await.last().unwrap(), "eve bot.create bot fog");

    let again = send(&eve, "/new-bot", &fields(&house, &[])).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("the name of a bot already"), "{}", again.body);
    let ann = house.visitor("ann", Role::Editor).await;
    assert_eq!(ann.get("/new-bot").await.status, StatusCode::FORBIDDEN);
    assert!(ann.get("/bots/fog").await.body.contains("<dt>Personality</dt>"), "read-only");
}

#[tokio::test]
async fn every_problem_of_the_form_is_told_beside_its_field_and_nothing_typed_is_lost() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    let wrong = [
        ("name", "fog horn"),
        ("schedule.0.cron", "0 25 * * *"),
        ("tone", "<b>my tone</b>"),
        ("max_length", "999"),
        ("dry_run", "no"),
    ];
    let reply = send(&eve, "/new-bot", &fields(&house, &wrong)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "Nothing was saved: 4 things are not right yet",
        "1 to 64 letters, digits, <code>-</code> or <code>_</code>",
        "the hour, <code>25</code>",
        "a whole number from 1 to 280",
        "let it rehearse",
        "value=\"&#60;b&#62;my tone&#60;/b&#62;\"",
    ] {
        assert!(reply.body.contains(part), "{part}: {}", reply.body);
    }
    assert!(house.db.find_bot(&fog()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_change_is_a_new_state_and_an_old_form_writes_over_nothing() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    send(&eve, "/new-bot", &fields(&house, &[])).await;
    let seen = eve.get("/bots/fog").await.after("name=\"stamp\" value=\"").unwrap();
    let dry = [("stamp", seen.as_str()), ("tone", "dry")];
    let saved = eve.post("/bots/fog", &dry).await;
    assert_eq!(saved.location(), "/bots/fog?did=bot_saved&n=0", "{}", saved.body);
    let (bot, ..) = house.db.find_bot(&fog()).await.unwrap().unwrap();
    assert_eq!(bot.persona.tone, "dry");
    assert_eq!(house.db.list_personas(&fog(), 9).await.unwrap().len(), 2);

    let late = eve.post("/bots/fog", &[("stamp", seen.as_str()), ("tone", "warm")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("value=\"warm\""), "what was typed is still there");
    let stamp = late.after("name=\"stamp\" value=\"").unwrap();
    let once_more = eve.post("/bots/fog", &[("stamp", stamp.as_str()), ("tone", "warm")]).await;
    assert_eq!(once_more.status, StatusCode::SEE_OTHER);
    let history = eve.get("/bots/fog/history").await.body;
    for part in ["From 2 to 3", "<ins><bdi>warm</bdi></ins>", "bot.save", "<bdi>tone</bdi>"] {
        assert!(history.contains(part), "{part}: {history}");
    }
}

#[tokio::test]
async fn schedule_and_limits_have_forms_of_their_own() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    send(&eve, "/new-bot", &fields(&house, &[])).await;
    let path = "/bots/fog/schedule";
    let stamp = eve.get(path).await.after("name=\"stamp\" value=\"").unwrap();
    let wrong = [("stamp", stamp.as_str()), ("schedule.1.cron", "never")];
    let refused = eve.post(path, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = [("schedule.1.name", ""), ("schedule.1.cron", ""), ("stamp", stamp.as_str())];
    assert_eq!(eve.post(path, &gone).await.location(), "/bots/fog/schedule?did=bot_saved&n=0");
    let path = "/bots/fog/limits";
    let stamp = eve.get(path).await.after("name=\"stamp\" value=\"").unwrap();
    let auto = [("stamp", stamp.as_str()), ("mode", "auto"), ("low_water", "3")];
    assert_eq!(eve.post(path, &auto).await.location(), "/bots/fog/limits?did=bot_saved&n=0");
    let (bot, ..) = house.db.find_bot(&fog()).await.unwrap().unwrap();
    assert_eq!((bot.mode, bot.queue.low_water), (ApprovalMode::Auto, 3));
    assert_eq!(bot.schedules.len(), 1);
    assert_eq!(BotForm::of(&bot).value("schedule.0.name"), "morning");
}

#[tokio::test]
async fn what_a_file_declares_is_not_changed_here() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    assert!(!eve.get("/bots/ada").await.body.contains("name=\"stamp\""));
    let stamp = house.db.bot_stamp(&BotId::try_from("ada").unwrap()).await.unwrap().unwrap();
    let reply = eve.post("/bots/ada", &[("stamp", stamp.as_str()), ("tone", "dry")]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    let (bot, ..) = house.db.find_bot(&BotId::try_from("ada").unwrap()).await.unwrap().unwrap();
    assert_ne!(bot.persona.tone, "dry");
}

#[tokio::test]
async fn a_form_that_is_tried_is_not_saved_and_comes_back_as_it_was() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    send(&eve, "/new-bot", &fields(&house, &[])).await;
    let stamp = eve.get("/bots/fog").await.after("name=\"stamp\" value=\"").unwrap();
    let wrong = [("stamp", stamp.as_str()), ("max_length", "0")];
    let refused = eve.post("/bots/fog/try", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let dry = [("stamp", stamp.as_str()), ("tone", "bone dry")];
    assert_eq!(eve.post("/bots/fog/try", &dry).await.location(), "/bots/fog/try/1");
    let asked = house.db.find_try_out(TryOutId(1)).await.unwrap().unwrap().asked;
    assert_eq!(asked.persona.tone, "bone dry");
    let (bot, ..) = house.db.find_bot(&fog()).await.unwrap().unwrap();
    assert_ne!(bot.persona.tone, "bone dry");
    let back = eve.get("/bots/fog?try=1").await;
    assert!(back.body.contains("value=\"bone dry\""), "{}", back.body);
    assert_eq!(back.after("name=\"stamp\" value=\"").unwrap(), stamp);
}

#[tokio::test]
async fn it_has_caps_of_its_own_and_is_closed_and_opened_again() {
    let house = House::new().await;
    let eve = house.visitor("eve", Role::Owner).await;
    send(&eve, "/new-bot", &fields(&house, &[])).await;
    let path = "/bots/fog/limits";
    let stamp = eve.get(path).await.after("name=\"stamp\" value=\"").unwrap();
    let wrong = [("stamp", stamp.as_str()), ("x_day", "much"), ("model_day", "01")];
    let refused = eve.post(path, &wrong).await;
    assert!(refused.body.contains("2 things are not right"), "{}", refused.body);
    let caps = [("stamp", stamp.as_str()), ("x_day", "0.5"), ("model_month", "2")];
    assert_eq!(eve.post(path, &caps).await.location(), "/bots/fog/limits?did=bot_saved&n=0");
    let page = eve.get(path).await.body;
    assert!(page.contains("of $0.50") && page.contains("of $2.00"), "{page}");

    assert_eq!(
        eve.post("/bots/fog/close", &[]).await.location(),
        "/bots/fog/limits?did=bot_closed&n=0"
    );
    let closed = eve.get(path).await.body;
    assert!(closed.contains("Open it again") && !closed.contains("name=\"stamp\""), "{closed}");
    assert_eq!(
        eve.post("/bots/fog/reopen", &[]).await.location(),
        "/bots/fog?did=bot_reopened&n=0"
    );
    assert!(eve.get("/bots/fog").await.body.contains("Let it post again"));
    assert_eq!(eve.post("/bots/ada/close", &[]).await.status, StatusCode::CONFLICT);
}
