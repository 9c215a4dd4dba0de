//! `flockwork approvals` and `flockwork review explain`: what waits for a person, and what that person
//! says.

use serde_json::Value;

use crate::place::Place;

const FOG: &str = "Fog since four, and the horn every thirty seconds.";

fn asking() -> Place {
    Place::new().with("BOT_MODE", "approval").with("USER", "eve")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn explained(place: &Place, post: &str) -> Value {
    let said = place.run(&["review", "explain", post, "--format", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    lines(&said.out).remove(0)
}

#[test]
fn what_a_person_types_waits_unless_that_person_says_yes() {
    let place = asking();
    let said = place.run(&["queue", "add", FOG]);
    assert_eq!((said.code, said.out.as_str()), (0, "post 1 of template-bot waits for approval\n"));
    assert_eq!(place.run(&["queue", "list"]).out, "Nothing waits.\n");
    let said = place.run(&["queue", "add", "--approve", "Rain at nine and sun at ten."]);
    assert_eq!(said.out, "post 2 is queued for template-bot\n");

    let said = place.run(&["attention"]);
    assert!(said.out.contains("bot template-bot: 1 post waits for approval\n"), "{}", said.out);
    let waiting = lines(&place.run(&["approvals", "list", "--format", "json"]).out);
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0]["id"], &waiting[0]["content"]), (&1.into(), &FOG.into()));

    let named = waiting[0]["named"].as_str().unwrap();
    let said = place.run(&["approvals", "approve", named, "999"]);
    assert_eq!(said.code, 1);
    assert_eq!(said.out, "post 1 is queued now\nthere is no post 999\n");
    assert_eq!(place.run(&["approvals", "list"]).out, "Nothing waits for approval.\n");
    let post = explained(&place, "1");
    assert_eq!(post["is_approved"], true);
    let who = post["approvals"][0]["who"].as_str().unwrap();
    assert!(who.starts_with("eve@"), "{who}");
}

#[test]
fn an_edit_undoes_a_yes_and_says_what_review_says() {
    let place = asking();
    place.run(&["queue", "add", "--approve", FOG]);
    let before = explained(&place, "1")["payload_hash"].as_str().unwrap()[..8].to_owned();
    let said = place.run(&["approvals", "edit", "1", "Trust me, I am not a bot."]);
    assert_eq!((said.code, said.out.as_str()), (0, "post 1 is draft now\n"), "{said:?}");
    assert!(said.err.contains("human:"), "{said:?}");
    let post = explained(&place, "1");
    assert_eq!(
        (&post["text"], &post["is_approved"]),
        (&"Trust me, I am not a bot.".into(), &false.into())
    );
    let stale = format!("1@{before}");
    let said = place.run(&["approvals", "approve", &stale]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("is not what you saw any more"), "{said:?}");

    let said = place.run(&["approvals", "edit", "1", "x".repeat(281).as_str()]);
    assert_eq!(said.code, 65, "{said:?}");
    let said = place.run_with(&["approvals", "edit", "1", "-", "--approve"], "Fog until five.\n");
    assert_eq!(said.out, "post 1 is queued now\n", "{said:?}");
    let list = lines(&place.run(&["queue", "list", "--format", "json"]).out);
    assert_eq!(list[0]["content"], "Fog until five.");
}

#[test]
fn a_no_needs_a_reason_and_a_mended_text_may_follow() {
    let place = asking();
    place.run(&["queue", "add", FOG]);
    assert_eq!(place.run(&["approvals", "reject", "1"]).code, 64, "a reason");
    let said = place.run(&["approvals", "reject", "1", "--because", "it was five"]);
    assert_eq!((said.code, said.out.as_str()), (0, "post 1 is rejected now\n"));
    let post = explained(&place, "1");
    assert_eq!(post["standing"], "it never goes out: it was five");
    let mended = FOG.replace("four", "five");
    assert_eq!(place.run(&["queue", "add", &mended]).code, 0, "it is like nothing");
    assert_eq!(place.run(&["queue", "add", FOG]).code, 65, "the very text never comes back");
    assert_eq!(place.run(&["approvals", "approve", "1"]).code, 1);
}

#[test]
fn another_policy_undoes_every_yes_at_the_next_start() {
    let place = Place::new();
    let file =
        |more: &str| format!("personality_prompt = \"A lamp.\"\nmode = \"approval\"\n{more}");
    place.write("bots/lamp.toml", file(""));
    place.run(&["queue", "add", "--bot", "lamp", "--approve", FOG]);
    assert_eq!(explained(&place, "1")["is_approved"], true);
    place.write("bots/lamp.toml", file("max_length = 200\n"));
    // What writes the declared bots: a node, or an import.
    let node = place.start(&["serve"]);
    crate::place::wait_until(|| explained(&place, "1")["state"] == "draft");
    drop(node);
    let post = explained(&place, "1");
    assert_eq!(post["max_length"], 200);
    assert!(post["standing"].as_str().unwrap().contains("another policy"), "{post}");
}

#[test]
fn everything_about_a_post_is_said_on_one_page() {
    let place = Place::new();
    place.run(&["queue", "add", FOG]);
    let near = FOG.replace("thirty", "forty");
    assert_eq!(place.run(&["queue", "add", &near]).code, 65, "nearly the same");
    let said = place.run(&["queue", "add", "--approve", &near]);
    assert_eq!(said.code, 0, "a person may want it all the same: {said:?}");
    let said = place.run(&["review", "explain", "2"]);
    for part in [
        "post 2 of template-bot, queued: waits for a slot\n",
        &near,
        " of 280 characters\n",
        "mode      auto: what review passes is queued\n",
        "  ok        length: ",
        "  no        near_duplicate (needs a person): ",
        " % like post 1 of @template-bot, just now\n",
        "  said      approved by ",
    ] {
        assert!(said.out.contains(part), "{part} is not in\n{}", said.out);
    }
    let post = explained(&place, "2");
    assert_eq!(post["rules"].as_array().unwrap().len(), 18);
    assert_eq!(post["alike"][0]["post"], 1);
    let said = place.run(&["review", "explain", "9"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("there is no post 9"), "{said:?}");
}

#[test]
fn a_bot_that_posts_to_the_real_x_needs_a_persons_word_first() {
    let place = Place::bare()
        .with("USER", "eve")
        .with("BOT_NAME", "lamp")
        .with("TWITTER_API_KEY", "k")
        .with("TWITTER_API_SECRET", "s")
        .with("TWITTER_ACCESS_TOKEN", "12-t")
        .with("TWITTER_ACCESS_SECRET", "u");
    assert!(place.run(&["check"]).out.contains("`flockwork go-live BOT`"));
    let said = place.run(&["go-live", "lamp"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("lamp posts nothing until all of it is confirmed.\n"), "{said:?}");
    assert!(said.out.contains("--accept-human-account\n"), "{said:?}");
    assert_eq!(place.run(&["go-live", "lamp", "--accept-label"]).code, 1);
    let said = place.run(&["go-live", "lamp", "--accept-all"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.ends_with("lamp may post to X.\n"), "{said:?}");
    let said = lines(&place.run(&["go-live", "lamp", "--format", "json"]).out);
    assert_eq!(said.len(), 4);
    assert!(
        said.iter().all(|line| line["who"].as_str().is_some_and(|who| who.starts_with("eve@")))
    );
    assert_eq!(place.run(&["go-live", "nobody"]).code, 1);
}

#[test]
fn one_switch_stops_everybody() {
    let place = Place::new();
    place.run(&["queue", "add", FOG]);
    assert_eq!(place.run(&["bot", "pause"]).code, 64, "whom?");
    assert_eq!(place.run(&["bot", "pause", "--all"]).out, "nothing is sent now\n");
    assert_eq!(place.run(&["bot", "resume", "--all"]).out, "bots post again\n");
}
