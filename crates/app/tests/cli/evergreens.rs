//! The evergreen stock on the command line.

use crate::place::Place;

const LAMP: &str = "The lamp was lit for the first time in 1871, with oil from two whales.";
const GULLS: &str = "Gulls know the timetable of the ferry better than its captain.";

#[test]
fn a_text_is_kept_aside_listed_and_taken_away_and_is_no_queue() {
    let place = Place::new();
    let said = place.run(&["queue", "add", "--evergreen", "--topic", "harbour", LAMP]);
    assert_eq!(said.out, "evergreen 1 is kept aside for template-bot\n", "{said:?}");
    assert_eq!(place.run(&["queue", "list"]).out, "Nothing waits.\n");
    let json = place.run(&["queue", "list", "--evergreen", "--format", "json"]).out;
    let line: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&line["evergreen_id"], &line["content"]), (&1.into(), &LAMP.into()));
    assert_eq!((&line["category"], &line["is_ready"]), (&"harbour".into(), &true.into()));
    let table = place.run(&["queue", "list", "--evergreen"]).out;
    assert!(table.contains("ready") && table.contains("harbour"), "{table}");

    let again = place.run(&["queue", "add", "--evergreen", &LAMP.to_uppercase()]);
    assert_eq!(again.code, 65);
    assert!(again.err.contains("duplicate: is the same text as evergreen 1 of template-bot"));
    place.run(&["queue", "add", GULLS]);
    let post = place.run(&["queue", "add", "--evergreen", GULLS]);
    assert_eq!(post.code, 65);
    assert!(post.err.contains("duplicate: is the same text as post 1 of template-bot"), "{post:?}");
    let near = GULLS.replace("captain", "crew");
    let said = place.run(&["queue", "add", "--evergreen", "--approve", &near]);
    assert!(said.code == 65 && said.err.contains("near_duplicate"), "{said:?}");
    let refused = place.run(&["queue", "add", "--evergreen", "@ada look at this"]);
    assert!(refused.code == 65 && refused.err.contains("mention"), "{refused:?}");

    let said = place.run(&["queue", "remove", "--evergreen", "1"]);
    assert_eq!((said.code, said.out.as_str()), (0, "evergreen 1 is taken away\n"));
    let said = place.run(&["queue", "remove", "--evergreen", "1", "7"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("evergreen 7 is used or gone already, or there is none"), "{said:?}");
    assert_eq!(place.run(&["queue", "list", "--evergreen"]).out, "Nothing is kept aside.\n");
}

#[test]
fn a_file_may_say_of_each_row_whether_it_is_kept_aside() {
    let place = Place::new();
    place.write(
        "posts.csv",
        format!(
            "text,evergreen,topic\n\"{LAMP}\",yes,harbour\nRain at nine.,no,\n{GULLS},maybe,\n"
        ),
    );
    let dry = place.run(&["queue", "import", "posts.csv", "--dry-run"]);
    let counted =
        "1 post would be queued for template-bot, 1 kept aside as evergreen, 1 rejected\n";
    assert!(dry.out.ends_with(counted), "{dry:?}");
    assert_eq!(place.run(&["queue", "list", "--evergreen"]).out, "Nothing is kept aside.\n");
    let said = place.run(&["queue", "import", "posts.csv"]);
    assert!(said.out.ends_with(&counted.replace("would be queued", "queued")), "{said:?}");
    assert!(said.out.contains("line 4: row: has `maybe` as `evergreen`: write yes or no"));

    let rows =
        format!("{{\"text\":\"{GULLS}\",\"evergreen\":1}}\n{{\"text\":\"{GULLS}\"}}\n{LAMP}\n");
    let args = ["queue", "import", "-", "--evergreen", "--input", "jsonl", "--format", "json"];
    let said = place.run_with(&args, &rows);
    let last: serde_json::Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["evergreens"], &last["rejected"]), (&1.into(), &2.into()), "{said:?}");
    assert!(said.out.contains("has a number as `evergreen`: write true or false"), "{said:?}");
    assert_eq!(place.run(&["queue", "list", "--format", "json"]).out.lines().count(), 1);

    for file in ["stock.csv", "stock.jsonl"] {
        assert_eq!(place.run(&["queue", "export", "--evergreen", file]).code, 0);
        let to = Place::new();
        to.write(file, place.read(file));
        assert_eq!(to.run(&["queue", "import", file]).code, 0);
        let expected = place.run(&["queue", "export", "--evergreen"]).out;
        assert_eq!(to.run(&["queue", "export", "--evergreen"]).out, expected, "{file}");
        assert_eq!(expected.lines().count(), 2, "{expected}");
        assert_eq!(to.run(&["queue", "list"]).out, "Nothing waits.\n");
    }
}

#[test]
fn where_a_person_is_asked_the_yes_comes_at_once() {
    let place = Place::new();
    place.write("bots/ada.toml", "personality_prompt = \"Ada\"\nmode = \"approval\"\n");
    let said = place.run(&["queue", "add", "--evergreen", LAMP]);
    assert_eq!(said.code, 65);
    assert!(said.err.contains("evergreen: has to be read by a person"), "{said:?}");
    let said = place.run_with(&["queue", "import", "-", "--evergreen"], LAMP);
    assert!(said.out.contains("line 1: evergreen: has to be read by a person"), "{said:?}");
    let said = place.run(&["queue", "add", "--evergreen", "--approve", LAMP]);
    assert_eq!(said.code, 0, "{said:?}");
    let listed = place.run(&["queue", "list", "--evergreen"]).out;
    assert!(listed.contains("ready"), "{listed}");
}
