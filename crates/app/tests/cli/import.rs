//! `flockwork import`: a template-bot moves in. The old database was made by the seed's own `CREATE
//! TABLE` texts.

use crate::place::Place;

const OLD: &[u8] = include_bytes!("data/template-bot.sqlite");

#[test]
fn used_texts_are_remembered_the_others_queued_and_the_old_file_stays_as_it_is() {
    let place = Place::new();
    place.write("old.db", OLD);
    let said = place.run(&["import", "old.db"]);
    assert_eq!(said.code, 65, "{said:?}");
    assert!(said.out.contains("post 4: mention:"), "{said:?}");
    let summary =
        "2 bots declared; 2 posts remembered as published, 2 queued, 1 known already, 1 rejected\n";
    assert!(said.out.ends_with(summary), "{said:?}");
    assert_eq!(place.read("old.db"), OLD);

    let stats = place.run(&["stats", "--format", "json"]).out;
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!((&stats["total_posts"], &stats["remaining_posts"]), (&2.into(), &2.into()));
    let again = place.run(&["queue", "add", "Old news, already told", "--bot", "grace"]);
    assert!(again.code == 65 && again.err.contains("duplicate"), "what went out never goes again");

    let twice = place.run(&["import", "old.db"]);
    assert!(
        twice
            .out
            .ends_with("0 posts remembered as published, 0 queued, 3 known already, 1 rejected\n"),
        "{twice:?}"
    );
    assert_eq!(place.run(&["stats", "--format", "json"]).out, stats.to_string() + "\n");
}

#[test]
fn a_bot_that_nobody_declares_gets_a_file_and_a_declared_one_keeps_its_own() {
    let place = Place::new();
    let own = "personality_prompt = \"Mine\"\n";
    place.write("bots/ada.toml", own);
    place.write("old.db", OLD);
    assert_eq!(place.run(&["import", "old.db"]).code, 65);
    assert_eq!(place.read("bots/ada.toml"), own.as_bytes());
    assert!(place.path("bots/grace.toml").exists());
    let other = Place::new();
    other.write("old.db", OLD);
    other.run(&["import", "old.db"]);
    let file = String::from_utf8(other.read("bots/ada.toml")).unwrap();
    assert!(file.contains("schedule_cron = \"0 8 * * *\"") && file.contains("max_length = 240"));
}

#[test]
fn what_is_no_old_database_is_refused() {
    let place = Place::new();
    assert_eq!(place.run(&["import", "nowhere.db"]).code, 66);
    place.write("text.db", "not a database at all, only some text that goes on and on".repeat(9));
    assert_eq!(place.run(&["import", "text.db"]).code, 74);
    assert_eq!(place.run(&["queue", "add", "Rain at nine."]).code, 0);
    let own = place.run(&["import", "data/flockwork.db"]);
    assert_eq!(own.code, 65, "{own:?}");
}
