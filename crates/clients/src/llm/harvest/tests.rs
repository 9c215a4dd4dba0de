//! What models really write when they are asked for JSON.

use super::*;

fn wishes() -> Vec<TopicWish> {
    let wish = |topic: &str, count| TopicWish::on(topic, count);
    vec![wish("Weather", 2), wish("ships", 1)]
}

fn texts(content: &str) -> Vec<String> {
    harvest(content, &wishes()).into_iter().map(|candidate| candidate.text).collect()
}

fn topics(content: &str) -> Vec<String> {
    harvest(content, &wishes()).into_iter().filter_map(|candidate| candidate.topic).collect()
}

#[test]
fn every_shape_of_a_whole_list_is_read() {
    for content in [
        r#"{"posts":[{"topic":"ships","text":"a"},{"topic":"ships","text":"b"}]}"#,
        r#"[{"text":"a"},{"text":"b"}]"#,
        r#"["a","b"]"#,
        r#"{"posts":["a","b"]}"#,
        r#"{"tweets":[{"content":"a"},{"tweet":"b"}]}"#,
        r#"{"note":"two of them","items":[{"post":"a"},{"body":"b"}]}"#,
        "```json\n{\"posts\":[\"a\",\"b\"]}\n```",
        "```\n[\"a\",\"b\"]\n```",
        "Here are your posts:\n{\"posts\":[\"a\",\"b\"]}\nI hope you like them!",
        "<think>maybe [\"x\"]? {no}</think>{\"posts\":[\"a\",\"b\"]}",
        "\u{FEFF}  {\"posts\":[\"a\",{\"text\":\"\"},{\"text\":7},null,{\"text\":\"b\"}]}",
    ] {
        assert_eq!(texts(content), ["a", "b"], "{content}");
    }
    assert_eq!(texts(r#"{"topic":"ships","text":"only one"}"#), ["only one"]);
}

#[test]
fn of_a_list_that_breaks_off_the_whole_items_are_kept() {
    for content in [
        r#"{"posts":[{"topic":"ships","text":"a"},{"topic":"ships","text":"b"},{"topic":"ships","te"#,
        r#"{"posts":[{"text":"a"},{"text":"b"}"#,
        r#"{"posts": ["a", "b", "c"#,
        r#"["a","b","#,
        "```json\n{\"note\": 1, \"posts\": [\n {\"text\":\"a\"},\n {\"text\":\"b\"},\n {",
    ] {
        assert_eq!(texts(content), ["a", "b"], "{content}");
    }
}

#[test]
fn what_holds_no_list_gives_nothing() {
    for content in [
        "",
        "I cannot do that.",
        "{}",
        "{\"posts\":[]}",
        "{\"posts\":[",
        "[1,2]",
        "{\"a\":1}",
        "][",
    ] {
        assert_eq!(texts(content), Vec::<String>::new(), "{content}");
    }
}

#[test]
fn a_list_without_end_is_cut() {
    let endless = format!("[{}", "\"a\",".repeat(10_000));
    assert_eq!(texts(&endless).len(), CANDIDATES_MAX);
    let long = format!("[{}\"a\"]", "\"a\",".repeat(10_000));
    assert_eq!(texts(&long).len(), CANDIDATES_MAX);
}

#[test]
fn a_topic_is_the_one_named_or_the_one_in_turn() {
    for (content, expected) in [
        (
            r#"[{"topic":"SHIPS","text":"a"},{"topic":" weather ","text":"b"}]"#,
            &["ships", "Weather"][..],
        ),
        (r#"["a","b","c","d"]"#, &["Weather", "Weather", "ships", "ships"]),
        (r#"[{"topic":"trains","text":"a"}]"#, &["Weather"]),
        (r#"[{"number":3,"text":"a"},{"number":"1","text":"b"}]"#, &["ships", "Weather"]),
        // A number that there is none of says nothing.
        (r#"[{"number":0,"text":"a"},{"number":9,"text":"b"}]"#, &["Weather", "Weather"]),
        (r#"[{"number":4,"topic":"ships","text":"a"}]"#, &["ships"]),
    ] {
        assert_eq!(topics(content), expected, "{content}");
    }
    assert_eq!(harvest(r#"["a"]"#, &[])[0].topic, None);
}

#[test]
fn a_post_has_the_side_and_the_form_that_it_was_asked_for() {
    let wish = |angle: &str, format: &str| TopicWish {
        angle: Some(angle.to_owned()),
        format: Some(format.to_owned()),
        ..TopicWish::on("fog", 1)
    };
    let wishes = [wish("smell", "a question"), wish("sound", "one line")];
    let found = harvest(r#"[{"number":2,"text":"a"},{"number":1,"text":"b"}]"#, &wishes);
    let sides: Vec<_> = found
        .iter()
        .map(|one| (one.angle.as_deref().unwrap(), one.format.as_deref().unwrap()))
        .collect();
    assert_eq!(sides, [("sound", "one line"), ("smell", "a question")]);
}
