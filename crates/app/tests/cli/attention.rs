//! `flockwork attention`: what needs a person, and the three answers.

use std::path::Path;

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};

use crate::place::{Place, Said};

/// Milliseconds of 2026-11-23 09:00 UTC, and an id that X gave a moment later.
const NINE: i64 = 1_795_424_400_000;
const X_POST: i64 = (NINE + 3_000 - 1_288_834_974_657) << 22;

fn execute(path: &Path, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", path.display());
        let mut file = SqliteConnection::connect(&url).await.unwrap();
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    });
}

/// A bot with a post whose answer was lost, and of which nobody can find out.
fn called() -> Place {
    let place = Place::new();
    assert_eq!(place.run(&["queue", "add", "Fog since four."]).code, 0);
    execute(
        &place.path("data/flockwork.db"),
        &format!(
            "INSERT INTO slots (id, bot_id, local_time, fold, due_at, state, reason, post_id, attempts,
                ambiguous_rounds, detail, created_at, updated_at)
             SELECT 7, bot_id, '2026-11-23T09:00:00', 0, {NINE}, 'needs_attention',
                'outcome_unknown', id, 1, 1, 'X gave no usable answer', {NINE}, {NINE} FROM posts;
             INSERT INTO attempts (slot_id, bot_id, post_id, number, fence, state, payload,
                payload_hash, first_intent_at, intent_at, send_by, closed_at, updated_at)
             SELECT 7, bot_id, id, 1, 1, 'unknown', content, 'hash', {NINE}, {NINE}, {NINE}, {NINE},
                {NINE} FROM posts;
             UPDATE posts SET state = 'assigned', slot_id = 7;
             UPDATE bot_stats SET remaining_posts = 0"
        ),
    );
    place
}

fn resolve(place: &Place, answer: &[&str]) -> Said {
    place.run(&[&["attention", "resolve", "7"], answer].concat())
}

#[test]
fn nothing_needs_anybody_at_first() {
    let place = Place::new();
    assert_eq!(place.run(&["attention"]).code, 66, "there is no database");
    place.run(&["queue", "add", "Fog since four."]);
    assert_eq!(place.run(&["attention"]).out, "Nothing needs you.\n");
    assert_eq!(place.run(&["attention", "--format", "json"]).out, "");
}

#[test]
fn everything_is_listed_with_its_way_out() {
    let place = called();
    place.run(&["bot", "pause", "template-bot"]);
    execute(
        &place.path("data/flockwork.db"),
        &format!(
            "INSERT INTO findings (kind, subject, bot_id, place, at, detail, first_seen, last_seen)
             VALUES ('duplicate_on_x', 'x 1', 'template-bot', 0, 0, 'it stands there twice', {NINE},
                {NINE})"
        ),
    );
    let said = place.run(&["attention"]);
    assert_eq!(said.code, 0);
    for line in [
        "slot 7 of template-bot, due ",
        ": whether X has this post is unknown\n",
        "    X gave no usable answer\n    “Fog since four.”\n",
        "  - `flockwork attention resolve 7 --posted URL` if X shows it\n",
        "  - `flockwork attention resolve 7 --send-now` if X does not\n",
        "  - `flockwork attention resolve 7 --skip` to leave it\n",
        "bot template-bot is paused, since ",
        "  - `flockwork bot resume template-bot`\n",
        ": the same post of ours stands twice on X\n    it stands there twice\n",
        "  - delete one of them on X, then `flockwork bot resume template-bot`\n",
    ] {
        assert!(said.out.contains(line), "{line} is not in\n{}", said.out);
    }
    let json = place.run(&["attention", "--format", "json"]).out;
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let what: Vec<&str> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["slot", "bot", "finding"]);
    assert_eq!((&lines[0]["slot"], &lines[0]["reason"]), (&7.into(), &"outcome_unknown".into()));
    assert_eq!(lines[0]["ways_out"].as_array().unwrap().len(), 3);
    assert_eq!(lines[2]["kind"], "duplicate_on_x");
}

#[test]
fn it_was_posted_counts_once_and_again_is_no_error() {
    let place = called();
    let url = format!("https://x.com/lighthouse/status/{X_POST}?s=20");
    let said = resolve(&place, &["--posted", &url]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, format!("slot 7 of template-bot is posted, as {X_POST}\n").as_str())
    );
    let again = resolve(&place, &["--posted", &X_POST.to_string()]);
    assert_eq!(
        (again.code, again.out.as_str()),
        (0, "slot 7 of template-bot: that is so already\n")
    );
    let other = resolve(&place, &["--skip"]);
    assert_eq!(other.code, 1);
    assert!(other.err.contains("it needs nobody: it is posted"), "{other:?}");
    let stats: Value =
        serde_json::from_str(&place.run(&["stats", "--format", "json"]).out).unwrap();
    assert_eq!((&stats["total_posts"], &stats["attention"]), (&1.into(), &0.into()));
    assert_eq!(place.run(&["attention"]).out, "Nothing needs you.\n");
}

#[test]
fn it_was_not_waits_for_the_bot_and_then_for_the_node() {
    let place = called();
    place.run(&["bot", "pause", "template-bot"]);
    let stopped = resolve(&place, &["--send-now"]);
    assert_eq!(stopped.code, 1);
    assert!(stopped.err.contains("hint: `flockwork bot resume template-bot`"), "{stopped:?}");
    place.run(&["bot", "resume", "template-bot"]);
    assert!(place.run(&["attention"]).out.contains("slot 7"), "resuming frees nothing of it");
    let said = resolve(&place, &["--send-now"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "slot 7 of template-bot is sent again, by the node that runs\n")
    );
    assert_eq!(resolve(&place, &["--send-now"]).code, 1, "it is on its way");
}

#[test]
fn what_is_left_is_not_queued_again() {
    let place = called();
    let said = resolve(&place, &["--skip"]);
    assert!(said.out.ends_with("its post is never sent again\n"), "{said:?}");
    assert_eq!(place.run(&["queue", "list"]).out, "Nothing waits.\n");
    assert_eq!(resolve(&place, &["--skip"]).code, 0);
}

#[test]
fn an_answer_is_exactly_one_and_about_something_there_is() {
    let place = called();
    for answer in [&[][..], &["--skip", "--send-now"], &["--posted", "lighthouse"]] {
        assert_eq!(resolve(&place, answer).code, 64, "{answer:?}");
    }
    let early = ((NINE - 3_600_000 - 1_288_834_974_657) << 22).to_string();
    let said = resolve(&place, &["--posted", &early]);
    assert!(said.code == 1 && said.err.contains("before this one was sent"), "{said:?}");
    let said = place.run(&["attention", "resolve", "99", "--skip"]);
    assert!(said.code == 1 && said.err.contains("there is no slot 99"), "{said:?}");
}

#[test]
fn one_post_of_x_is_the_answer_about_one_slot() {
    let place = called();
    execute(
        &place.path("data/flockwork.db"),
        &format!(
            "INSERT INTO posts (id, content, bot_id, used, state, content_hash, created_at, updated_at)
             VALUES (50, 'Another.', 'template-bot', 1, 'published', 'other', {NINE}, {NINE});
             INSERT INTO receipts (post_id, bot_id, x_post_id, posted_at, is_adopted, created_at)
             VALUES (50, 'template-bot', '{X_POST}', {NINE}, 1, {NINE})"
        ),
    );
    let said = resolve(&place, &["--posted", &X_POST.to_string()]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is what post 50 of template-bot became"), "{said:?}");
}
