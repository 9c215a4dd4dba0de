//! `flockwork schedule explain`.

use crate::place::Place;

#[test]
fn a_pattern_is_explained_over_a_year_of_changing_clocks() {
    let args =
        ["schedule", "explain", "--cron", "30 2 * * *", "--zone", "Europe/Paris", "--count", "400"];
    let said = Place::bare().run(&args);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("02:30 does not exist on this day"), "{}", said.out);
    assert!(said.out.contains("happens twice"), "{}", said.out);
}

#[test]
fn every_schedule_of_a_bot_is_explained_for_scripts_too() {
    let place = Place::new();
    place.write(
        "bots/ada.toml",
        "personality_prompt = \"Ada\"\n[[schedule]]\nname = \"a\"\ncron = \"0 9 * * *\"\n[[schedule]]\nname = \"b\"\ncron = \"0 23 * * *\"\nquiet_hours = \"22:00-06:00\"\n",
    );
    let said = place.run(&["schedule", "explain", "ada", "--count", "2", "--format", "json"]);
    let lines: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0]["local_time"].as_str().unwrap().ends_with("T09:00:00"));
    assert_eq!((&lines[2]["schedule"], &lines[0]["notes"]), (&"b".into(), &serde_json::json!([])));
    assert!(lines[2]["notes"][0].as_str().unwrap().contains("quiet hours"));
}

#[test]
fn what_cannot_be_explained_is_a_wrong_command_line() {
    let place = Place::new();
    let far = place.run(&["schedule", "explain", "--cron", "*/61 * * * *"]);
    assert_eq!(far.code, 64);
    assert!(far.err.contains("the minute, `*/61`: a step is 60 at most"), "{far:?}");
    for args in
        [["--cron", "99 * * * *", "--zone", "UTC"], ["--cron", "0 9 * * *", "--zone", "Mars/Base"]]
    {
        let said = place.run(&[&["schedule", "explain"], &args[..]].concat());
        assert_eq!(said.code, 64, "{said:?}");
    }
    assert_eq!(place.run(&["schedule", "explain", "nobody"]).code, 1);
}
