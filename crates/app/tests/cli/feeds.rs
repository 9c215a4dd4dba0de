//! `flockwork feeds`, and what a bot's file says of feeds.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::place::Place;

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Tides &amp; ships</title>
<item><guid>2</guid><title>Fog &amp; rain</title><link>https://harbour.org/2</link></item>
<item><guid>1</guid><title>High <b>water</b></title></item></channel></rss>"#;

const BOMB: &str = r#"<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rss version="2.0"><channel><title>&b;</title></channel></rss>"#;

const HTML: &str = "<!doctype html><html><head><title>News</title></head><body>Hello</body></html>";

/// A server of pages on this machine; it ends with the test.
fn serve(pages: &[(&str, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let pages: BTreeMap<String, String> =
        pages.iter().map(|(path, body)| ((*path).to_owned(), (*body).to_owned())).collect();
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            std::thread::spawn(move || answer(stream, &pages));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, pages: &BTreeMap<String, String>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let path = first.split(' ').nth(1).unwrap().to_owned();
    for line in lines {
        if line.unwrap().is_empty() {
            break;
        }
    }
    let (status, body) = match pages.get(&path) {
        Some(body) => ("200 OK", body.as_str()),
        None => ("404 Not Found", "not here"),
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // Whoever asked may be gone already.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn reaching() -> Place {
    Place::new().with("FEEDS_REACH", "loopback")
}

#[test]
fn a_feed_is_tried_with_and_without_a_template() {
    let site = serve(&[("/feed.xml", RSS)]);
    let (place, url) = (reaching(), format!("{site}/feed.xml"));
    let said = place.run(&["feeds", "try", &url]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("Tides & ships: 2 items\n"), "{}", said.out);
    assert!(said.out.contains("High water"), "{}", said.out);
    let said =
        place.run(&["feeds", "try", &url, "--template", "{title} {link}", "--format", "json"]);
    let items: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(items[0]["post"], "Fog & rain https://harbour.org/2");
    assert_eq!(items[1]["problem"], "the item has no link, which the template shows");
}

#[test]
fn what_is_no_feed_gets_one_clear_message_with_its_address() {
    let site = serve(&[("/html", HTML), ("/bomb", BOMB)]);
    let place = reaching();
    let tried = |path: &str| place.run(&["feeds", "try", &format!("{site}{path}")]);
    for (path, told) in
        [("/html", "HTML"), ("/bomb", "line 2"), ("/none", "the server answers 404")]
    {
        let said = tried(path);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.starts_with(&format!("error: feed {site}{path}: ")), "{}", said.err);
        assert!(said.err.contains(told), "{}", said.err);
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    }
    let inside = Place::new().run(&["feeds", "try", &format!("{site}/html")]);
    assert_eq!(inside.code, 64, "{inside:?}");
    let metadata = place.run(&["feeds", "try", "https://169.254.169.254/latest/meta-data"]);
    assert_eq!(metadata.code, 64, "{metadata:?}");
    assert!(metadata.err.contains("not on the public internet"), "{}", metadata.err);
    let template = place.run(&["feeds", "try", &site, "--template", "{titel}"]);
    assert_eq!(template.code, 64);
    assert!(template.err.contains("`{titel}` is not known"), "{}", template.err);
}

#[test]
fn every_problem_of_a_file_with_feeds_is_told_at_once() {
    let place = Place::new();
    let file = r#"personality_prompt = "You tell the tides."
topics = ["tides"]

[[feed]]
url = "https://harbour.org/tides.xml"
template = "{title} {link}"

[[feed]]
url = "https://harbour.org/tides.xml"
template = "{title"

[[feed]]
url = "http://harbour.org/ships.xml"
topic = "tide"
every = "1s"

[[feed]]
template = "{title}"
link = true

[review]
links = "none"
"#;
    place.write("bots/tides.toml", file);
    let said = place.run(&["check"]);
    assert_eq!(said.code, 78, "{said:?}");
    let all = format!("{}{}", said.out, said.err);
    for told in [
        "bots/tides.toml:4:1\n  found    a template with {link}, and [review] links is \"none\"",
        "bots/tides.toml:8:1\n  found    a second feed at https://harbour.org/tides.xml",
        "is not closed",
        "it begins with `http:`",
        "did you mean `tides`?",
        "a length of time from 5m",
        "a [[feed]] without url",
        "link beside a template",
    ] {
        assert!(all.contains(told), "{told:?} is missing:\n{all}");
    }
}

#[test]
fn a_model_that_is_not_there_writes_about_no_feed() {
    let place = Place::new();
    let file = "personality_prompt = \"You tell the tides.\"\n\n[[feed]]\nurl = \"https://harbour.org/tides.xml\"\n";
    place.write("bots/tides.toml", file);
    let said = place.run(&["check"]);
    assert_eq!(said.code, 78, "{said:?}");
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains("no model to write about its items"), "{all}");
    let said = place.with("OPENAI_API_KEY", "sk-canary").run(&["check"]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn the_feeds_of_bots_are_listed_with_what_became_of_them() {
    let place = Place::new();
    let file = "personality_prompt = \"You tell the tides.\"\n\n[[feed]]\nurl = \"https://harbour.org/tides.xml\"\ntemplate = \"{title}\"\n";
    place.write("bots/tides.toml", file);
    place.run(&["queue", "add", "High water at six."]);
    let said = place.run(&["feeds", "list", "--format", "json"]);
    let line: serde_json::Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(line["url"], "https://harbour.org/tides.xml");
    assert_eq!((&line["bot_id"], &line["read_at"]), (&"tides".into(), &serde_json::Value::Null));
    let said = place.run(&["feeds", "items", &line["id"].to_string()]);
    assert_eq!(said.out, "That feed brought nothing yet.\n");
}
