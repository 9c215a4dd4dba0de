//! The overview.

use axum::http::Request;
use domain::ports::store::StoreError;
use jiff::SignedDuration;

use crate::common::{Rows, house};
use crate::site::{Site, now};

/// The text between tags, a line an element; what a reader sees.
fn read(html: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !tag.starts_with("title") {
            lines.push(text);
        }
    }
    lines
}

/// One part of the page.
async fn part(site: &Site, id: &str) -> String {
    let page = site.get("/").await.body;
    let start = page.find(&format!("<section id=\"{id}\"")).unwrap();
    let length = page[start..].find("</section>").unwrap();
    page[start..start + length].to_owned()
}

#[tokio::test]
async fn the_first_line_says_whether_all_is_well() {
    let well = || {
        let mut rows = house::busy(now());
        rows.slots.retain(|slot| slot.slot.0 != 8);
        rows
    };
    let site = Site::with(well());
    assert_eq!(
        read(&part(&site, "summary").await)[..2],
        ["All well. 3 of 4 posts this week left on time. The next leaves", "in 42 s"]
    );

    let site = Site::with(house::busy(now()));
    assert_eq!(read(&part(&site, "summary").await)[0], "One post needs you. The next leaves");

    let site = Site::with(Rows { is_stopped: true, ..well() });
    assert_eq!(read(&part(&site, "summary").await)[0], "All sending is stopped by hand.");

    let site = Site::with(Rows::default());
    let first = read(&part(&site, "summary").await).remove(0);
    assert_eq!(first, "All well, and nothing to do: no bot is declared.");
}

#[tokio::test]
async fn next_says_what_leaves_and_what_keeps_it() {
    let site = Site::with(house::busy(now()));
    assert_eq!(
        read(&part(&site, "next").await),
        [
            "Next",
            "14:01:51",
            "40 s ago",
            "weather-lisbon",
            "Wind from the north-west, 14 knots, and the gulls walk instead of flying.",
            "X asks us to wait until its window starts anew. Next try",
            "in 2 min",
            ".",
            "waiting",
            "14:03:13",
            "in 42 s",
            "lighthouse",
            "The fog has a colour only the keepers know: it is the grey of a letter that was never sent.",
            "on time",
            "14:07:41",
            "in 5 min",
            "haiku",
            "The queue is empty. It leaves when a post is written in time.",
            "no post",
            "14:27:31",
            "in 25 min",
            "releases",
            "Flockwork 3.2 is out: threads, polls, and a calendar that draws its daylight-saving gaps.",
            "on time",
            "15:32:31",
            "in 1 h",
            "transit",
            "Paused by hand; resume it when it may post again.",
            "paused",
            "Tue 08:02",
            "in 18 h",
            "lighthouse",
            "its post is picked shortly before",
            "on time",
        ]
    );
}

#[tokio::test]
async fn gone_says_what_left_how_late_and_what_did_not() {
    let site = Site::with(house::busy(now()));
    let lines = read(&part(&site, "gone").await);
    assert_eq!(
        lines[..7],
        [
            "Gone",
            "4 left today (UTC), 1 skipped.",
            "13:32:31",
            "+0.3 s",
            "weather-lisbon",
            "Rain by four. Take the umbrella you keep forgetting.",
            "out"
        ]
    );
    assert!(lines.windows(3).any(|w| w == ["transit", "Quiet hours.", "skipped"]), "{lines:?}");
    let html = part(&site, "gone").await;
    assert!(html.contains("href=\"https://x.com/i/web/status/186040000000000020\""));
}

#[tokio::test]
async fn attention_says_what_happened_and_what_happens_next() {
    let site = Site::with(house::busy(now()));
    let lines = read(&part(&site, "needs").await);
    assert_eq!(lines[..2], ["Attention", "needs you"]);
    assert!(lines.contains(&"The answer of X was lost.".to_owned()), "{lines:?}");
    assert!(lines.contains(&"in 21 s".to_owned()), "the next look: {lines:?}");
    let calm = Site::with(Rows::default());
    assert!(read(&part(&calm, "needs").await).is_empty());
}

#[tokio::test]
async fn runway_and_spend_name_the_bots() {
    let site = Site::with(house::busy(now()));
    let lines = read(&part(&site, "runway").await);
    assert_eq!(lines[..3], ["Runway", "The first to run dry is", "haiku"]);
    assert!(lines.windows(4).any(|w| w == ["transit", "paused", "9 posts", "lasts"]), "{lines:?}");
    assert!(lines.windows(2).any(|w| w == ["0 posts", "empty"]), "{lines:?}");
    let lines = read(&part(&site, "spend").await);
    let first = ["Spend", "$3.00", "of $20.00 for X this month,", "forecast $7.00"];
    assert_eq!(lines[..4], first, "{lines:?}");
    assert_eq!(lines[4..7], ["$0.12", "for model this month,", "forecast $0.12"], "{lines:?}");
    assert_eq!(lines[7..9], ["weather-lisbon", "$45.43"]);
}

#[tokio::test]
async fn the_rail_counts_what_waits() {
    let count = async |site: &Site, id: &str| {
        let page = site.get("/").await.body;
        let start = page.find(&format!("id=\"count-{id}\"")).unwrap();
        page[start..start + 80].to_owned()
    };
    let site = Site::with(house::busy(now()));
    let attention = count(&site, "attention").await;
    assert!(attention.contains("\"waits hot\">1<"), "{attention}");
    assert!(count(&site, "approvals").await.contains(" hidden>0<"));
    site.store.rows().slots.retain(|slot| slot.slot.0 != 8);
    site.clock.advance(SignedDuration::from_secs(2));
    assert!(count(&site, "attention").await.contains(" hidden>0<"));
}

#[tokio::test]
async fn foreign_text_is_text() {
    let site = Site::with(house::busy(now()));
    let payloads = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</bdi></section><svg onload=alert(1)>",
        "{{7*7}}<!--",
    ];
    for payload in payloads {
        {
            let mut rows = site.store.rows();
            for slot in &mut rows.slots {
                slot.text = Some(payload.to_owned());
                slot.detail = Some(payload.to_owned());
            }
            for bot in &mut rows.bots {
                bot.last_error = Some((payload.to_owned(), now()));
                bot.timezone = payload.to_owned();
                bot.schedule_cron = payload.to_owned();
            }
        }
        site.node.set().x.error = Some(payload.to_owned());
        site.clock.advance(SignedDuration::from_secs(2));
        let page = site.get("/").await.body;
        assert_eq!(page.matches("<script").count(), 3, "{payload}");
        for broken in ["<img", "onload=alert(1)>", "onerror=alert(1)>", "<!--", "' onmouse"] {
            assert!(!page.contains(broken), "{payload} as {broken}");
        }
        assert!(!page.contains(" style="), "no inline style");
    }
}

#[tokio::test]
async fn a_dead_database_leaves_the_last_boards_and_says_so() {
    let site = Site::with(house::busy(now()));
    let before = part(&site, "gone").await;
    site.store.break_with(Some(StoreError::Unavailable("locked".to_owned())));
    site.clock.advance(SignedDuration::from_secs(2));
    let first = read(&part(&site, "summary").await).remove(0);
    assert_eq!(first, "The database does not answer. Nothing is sent until it does.");
    assert_eq!(part(&site, "gone").await, before);
}

#[tokio::test]
async fn an_empty_house_teaches() {
    let site = Site::with(Rows::default());
    assert!(part(&site, "next").await.contains("<code>BOT_NAME</code>"));
    assert!(part(&site, "gone").await.contains("Nothing has left yet."));
}

#[tokio::test]
async fn style_sheets_and_scripts_travel_packed_and_pages_do_not() {
    let site = Site::with(Rows::default());
    let page = site.send(Request::get("/").header("accept-encoding", "gzip"), "").await;
    assert_eq!(
        page.header("content-encoding"),
        "",
        "how well it packs would tell of the form's word"
    );
    let sheet = page.body.split('"').find(|text| text.contains(".css")).expect("a style sheet");
    let plain = site.get(sheet).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.header("vary").contains("accept-encoding"), "a proxy keeps both apart");
    let packed = site.send(Request::get(sheet).header("accept-encoding", "gzip"), "").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.length * 3 < plain.length, "{} of {}", packed.length, plain.length);
}

#[tokio::test]
async fn files_are_kept_for_ever_under_the_hash_of_their_content() {
    let site = Site::with(Rows::default());
    let page = site.get("/").await.body;
    let addresses: Vec<&str> =
        page.split('"').filter(|text| text.starts_with("/static/")).collect();
    assert_eq!(addresses.len(), 5, "{addresses:?}");
    for address in addresses {
        let reply = site.get(address).await;
        assert_eq!(reply.status, 200, "{address}");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!reply.body.contains("https:"), "{address} asks for nothing outside");
    }
    assert_eq!(site.get("/static/app.0.css").await.status, 404);
    assert!(!page.contains("http:") && !page.contains("https:"), "no external address");
}
