//! `flockwork queue`.

use crate::place::Place;

#[test]
fn good_rows_go_in_and_bad_rows_are_listed_with_their_lines() {
    let place = Place::new();
    let csv = "topic,text\nweather,Rain at nine and sun at ten.\nweather,\"Fog, all day.\"\nonly one field\nships,@ada look at this\nweather,RAIN at nine and sun at ten\nships,\"never closed\nships,A tanker passed at noon.\n";
    place.write("posts.csv", csv);
    let dry = place.run(&["queue", "import", "posts.csv", "--dry-run"]);
    assert!(dry.out.ends_with("3 posts would be queued for template-bot, 4 rejected\n"), "{dry:?}");
    assert_eq!(place.run(&["queue", "list"]).out, "Nothing waits.\n");

    let said = place.run(&["queue", "import", "posts.csv"]);
    assert_eq!(said.code, 65);
    assert!(said.out.ends_with("3 posts queued for template-bot, 4 rejected\n"), "{said:?}");
    for found in [
        "line 4: row: has 1 fields, the header has 2",
        "line 5: mention:",
        "line 6: duplicate: is the same text as line 2",
        "line 7: row: has a quote that does not close",
    ] {
        assert!(said.out.contains(found), "{found} is not in\n{}", said.out);
    }
    let list = place.run(&["queue", "list", "--format", "json"]).out;
    let texts: Vec<String> = list
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["content"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected = ["Rain at nine and sun at ten.", "Fog, all day.", "A tanker passed at noon."];
    assert_eq!(texts, expected);
}

#[test]
fn json_lines_come_from_standard_input_and_tell_in_json() {
    let input = "{\"text\":\"One good thought.\",\"topic\":\"t\"}\nnonsense\n";
    let args = ["queue", "import", "-", "--input", "jsonl", "--format", "json"];
    let said = Place::new().run_with(&args, input);
    assert_eq!(said.code, 65);
    let lines: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["line"]), (2, &2.into()));
    let message = lines[0]["problems"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("is not JSON from column "), "{message}");
    assert_eq!((&lines[1]["queued"], &lines[1]["rejected"]), (&1.into(), &1.into()));
}

const FIRST: &str = "anvil birch cedar delta ember fjord grove heron islet jetty knoll";
const THEN: &str = "lamps mango north otter plaza quilt ridge spoon tulip umbra vivid";
const LAST: &str = "wharf yeast zebra chalk douse fudge giant hovel index jumbo kayak";

#[test]
fn a_plain_file_may_have_blank_lines_and_many_rows() {
    let place = Place::new();
    // Lines that differ in a number only would be too much alike.
    let word = |of: &'static str, n: usize| of.split(' ').nth(n % 11).unwrap_or_default();
    let line =
        |n: usize| format!("{} {} {}\n\n", word(FIRST, n), word(THEN, n / 11), word(LAST, n / 121));
    let many = (0..1_200).map(line).collect::<Vec<_>>().concat();
    place.write("many.txt", many);
    let said = place.run(&["queue", "import", "many.txt"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "1200 posts queued for template-bot, 0 rejected\n")
    );
}

#[test]
fn one_text_is_added_listed_and_removed() {
    let place = Place::new();
    assert_eq!(
        place.run(&["queue", "add", "Typed by hand."]).out,
        "post 1 is queued for template-bot\n"
    );
    let again = place.run(&["queue", "add", "Typed by hand!"]);
    assert_eq!(again.code, 65);
    assert!(again.err.contains("duplicate") && again.err.contains("hint:"), "{again:?}");
    assert_eq!(place.run(&["queue", "remove", "1"]).code, 0);
    let gone = place.run(&["queue", "remove", "1", "77"]);
    assert_eq!(gone.code, 1);
    assert!(gone.out.contains("post 1 is rejected, not queued"), "{gone:?}");
    assert!(gone.out.contains("there is no post 77"), "{gone:?}");
}

#[test]
fn what_is_nearly_a_post_that_is_there_is_refused_with_its_reason() {
    const FOG: &str = "The fog lifted at nine, and the ferry left at ten with twelve people.";
    let place = Place::new();
    place.write("bots/ada.toml", "personality_prompt = \"Ada\"\n");
    place.write("bots/grace.toml", "personality_prompt = \"Grace\"\n");
    assert_eq!(place.run(&["queue", "add", FOG, "--bot", "ada"]).code, 0);
    let near = FOG.replace("people", "birds");
    let said = place.run(&["queue", "add", &near, "--bot", "grace"]);
    assert_eq!(said.code, 65);
    let reason = "near_duplicate: 83 % like post 1 of @ada, just now; say it in other words";
    assert!(said.err.contains(reason), "{said:?}");

    let water = "High water at six, low water at noon, and nobody on the pier to see it.";
    let lines = format!("{near}\n{water}\n{}\n", water.replace("see", "hear"));
    for more in [&["--dry-run"][..], &[]] {
        let import = [&["queue", "import", "-", "--bot", "grace"][..], more].concat();
        let said = place.run_with(&import, &lines);
        assert_eq!(said.code, 65);
        assert!(said.out.contains(&format!("line 1: {reason}")), "{said:?}");
        assert!(said.out.contains("line 3: near_duplicate: 8"), "{said:?}");
        assert!(said.out.contains(" % like line 2; say it in other words"), "{said:?}");
    }
    let list = place.run(&["queue", "list", "--bot", "grace", "--format", "json"]).out;
    assert_eq!(list.lines().count(), 1, "{list}");
}

#[test]
fn which_bot_is_asked_where_there_are_several() {
    let place = Place::new();
    place.write("bots/ada.toml", "personality_prompt = \"Ada\"\n");
    place.write("bots/grace.toml", "personality_prompt = \"Grace\"\n");
    let said = place.run(&["queue", "add", "For whom?"]);
    assert_eq!(said.code, 64);
    assert!(said.err.contains("--bot NAME"), "{said:?}");
    assert_eq!(place.run(&["queue", "add", "For Ada.", "--bot", "ada"]).code, 0);
    let nobody = place.run(&["queue", "add", "For nobody.", "--bot", "eve"]);
    assert!(nobody.code == 1 && nobody.err.contains("no bot named `eve`"), "{nobody:?}");
    let stats = place.run(&["stats", "--format", "json"]).out;
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["remaining_posts"], 1);
    assert_eq!(stats["bots"][0]["bot_id"], "ada");
    assert_eq!(place.run(&["bot", "pause", "ada"]).code, 0);
    assert!(place.run(&["stats"]).out.contains("paused"));
    assert_eq!(place.run(&["bot", "resume", "ada"]).code, 0);
    assert!(!place.run(&["stats"]).out.contains("paused"));
}

#[test]
fn what_is_no_text_is_refused_whole_and_a_folder_is_named() {
    let place = Place::new();
    place.write("posts.txt", b"SQLite format 3\0\x10\0 and so on\nRain at nine.\n");
    let said = place.run(&["queue", "import", "posts.txt"]);
    assert_eq!((said.code, said.out.as_str()), (65, ""), "{said:?}");
    assert!(said.err.contains("posts.txt is not text"), "{said:?}");
    assert_eq!(place.run_with(&["queue", "import", "-"], "a\0b\n").code, 65);
    assert!(!place.path("data").exists(), "nothing was opened for it");

    std::fs::create_dir(place.path("folder")).unwrap();
    for command in [&["queue", "import", "folder"][..], &["lint", "folder"]] {
        let said = place.run(command);
        assert_eq!(said.code, 74, "{said:?}");
        assert!(said.err.starts_with("error: reading folder: "), "{said:?}");
    }
}

#[test]
fn what_is_exported_comes_back_as_the_same_queue() {
    const ROWS: &str = "{\"text\":\"Rain at nine, \\\"they\\\" said.\",\"topic\":\"weather\"}\n\
        {\"text\":\"Two lines:\\nthis is the second.\",\"topic\":\"a, b\"}\n\
        {\"text\":\"No topic here.\"}\n";
    let from = Place::new();
    assert_eq!(from.run_with(&["queue", "import", "-", "--input", "jsonl"], ROWS).code, 0);
    let said = from.run(&["queue", "export"]);
    assert_eq!((said.code, said.out.as_str()), (0, ROWS));
    assert_eq!(said.err, "3 posts of template-bot exported\n");
    for file in ["kept.csv", "kept.jsonl"] {
        assert_eq!(from.run(&["queue", "export", file]).code, 0);
        let to = Place::new();
        to.write(file, from.read(file));
        assert_eq!(to.run(&["queue", "import", file]).code, 0);
        assert_eq!(to.run(&["queue", "export"]).out, ROWS, "{file}");
    }
}

#[test]
fn an_export_never_replaces_a_file_or_breaks_a_text() {
    let place = Place::new();
    let nothing = place.run(&["queue", "export"]);
    assert_eq!(nothing.code, 66, "no database is made to export nothing: {nothing:?}");
    place.run(&["queue", "add", "Typed by hand.", "--topic", "t"]);
    place.write("kept.txt", "mine\n");
    let said = place.run(&["queue", "export", "kept.txt"]);
    assert_eq!(said.code, 73);
    assert!(said.err.contains("kept.txt is there already"), "{said:?}");
    assert_eq!(place.read("kept.txt"), b"mine\n");

    let said = place.run(&["queue", "export", "new.txt"]);
    assert!(said.code == 0 && said.err.contains("hold no topics"), "{said:?}");
    assert_eq!(place.read("new.txt"), b"Typed by hand.\n");
    place.run(&["queue", "add", "One line\nand another."]);
    let said = place.run(&["queue", "export", "lines.txt"]);
    assert!(said.code == 65 && said.err.contains("post 2 has several lines"), "{said:?}");
    assert!(!place.path("lines.txt").exists());
}

#[test]
fn a_line_of_100_mb_is_one_bad_row() {
    let place = Place::new();
    let said = place.shell(
        "{ echo text; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo Rain at nine.; } \
         | \"$0\" queue import - --input csv",
    );
    assert_eq!(said.code, 65, "{said:?}");
    let expected =
        "line 2: row: is longer than 64 KiB\n1 post queued for template-bot, 1 rejected\n";
    assert_eq!(said.out, expected);
}
