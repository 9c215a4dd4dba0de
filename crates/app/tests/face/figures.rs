//! Costs, analytics and their files.

use axum::http::StatusCode;
use domain::model::access::Role;
use domain::model::{BotId, MicroUsd};
use domain::ports::store::{PostStore as _, RefillNote, Spend, SpendKind};

use crate::house::{House, Reply};

/// Ada's writer billed this much, and review refused some of what it wrote.
async fn written(house: &House, micro: i64) {
    let note = RefillNote {
        bot: BotId::try_from("ada").unwrap(),
        not_before: house.now(),
        error: None,
        spend: Some(Spend { kind: SpendKind::Model, amount: MicroUsd(micro) }),
        reservation: None,
        drops: vec![("near_duplicate".to_owned(), 3), ("link".to_owned(), 1)],
    };
    house.db.store_refill(&[], &note, house.now()).await.unwrap();
}

fn says(reply: &Reply, words: &[&str]) {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    for word in words {
        assert!(reply.body.contains(word), "{word} is not in {}", reply.body);
    }
}

#[tokio::test]
async fn costs_say_what_things_cost_before_anything_was_spent() {
    let house = House::new().await;
    let vera = house.visitor("vera", Role::Viewer).await;
    let page = vera.get("/costs").await;
    says(&page, &["Nothing was spent this month", "$0.015", "$0.20, as much as 13 without"]);
    says(&vera.get("/costs?bot=ada").await, &["By its schedule", "No post is there to measure by"]);
    assert_eq!(vera.get("/costs?bot=nobody").await.status, StatusCode::NOT_FOUND);
    let stranger = house.browser([192, 0, 2, 9]);
    assert!(stranger.get("/costs").await.location().starts_with("/login"));
    assert!(stranger.get("/costs/ledger.csv").await.location().starts_with("/login"));
}

#[tokio::test]
async fn another_schedule_is_tried_by_the_same_forecast_and_changes_nothing() {
    let house = House::new().await;
    let vera = house.visitor("vera", Role::Viewer).await;
    let tried = vera.get("/costs?of=ada&cron=0+*+*+*+*").await;
    // 720 posts instead of 30, at $0.015 each.
    says(
        &tried,
        &["It would cost $10.35 more in 30 days.", "As it is", "As tried", ">720<", ">30<"],
    );
    let wrong = vera.get("/costs?of=ada&cron=every+hour").await;
    says(&wrong, &["is not a cron pattern"]);
    says(&vera.get("/costs?of=nobody&cron=0+*+*+*+*").await, &["No bot is called"]);
    let again = vera.get("/costs?bot=ada").await;
    says(&again, &["<td>30</td>"]);
}

#[tokio::test]
async fn the_bill_is_on_the_page_and_in_a_file() {
    let house = House::new().await;
    written(&house, 120_000).await;
    let vera = house.visitor("vera", Role::Viewer).await;
    says(
        &vera.get("/costs").await,
        &[
            "$0.12 gone this month",
            "What did each day cost?",
            "<svg class=\"bars\"",
            "href=\"/costs?days=30&#38;bot=ada\"",
            "spent for the model",
        ],
    );
    let file = vera.get("/costs/ledger.csv").await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("flockwork-ledger.csv"));
    let line = "1,2026-11-23T14:02:31Z,ada,model,spend,,0.120000";
    assert_eq!(file.body, format!("line,at,bot,for,entry,slot,amount in USD\r\n{line}\r\n"));
    assert_eq!(vera.get("/costs/ledger.csv?bot=bob").await.body.lines().count(), 1);
    assert!(vera.get("/costs/days.csv?days=7").await.body.contains("2026-11-23,0.000000,0.120000"));
    assert_eq!(vera.get("/costs/other.csv").await.status, StatusCode::NOT_FOUND);
    says(&vera.get("/").await, &["$0.12", "for model this month", "<svg class=\"spark\""]);
}

#[tokio::test]
async fn analytics_ask_answer_and_teach() {
    let house = House::new().await;
    let vera = house.visitor("vera", Role::Viewer).await;
    says(
        &vera.get("/analytics").await,
        &[
            "Did every slot have its post?",
            "Nothing was due in these days.",
            "Review refused no candidate",
            "does not collect likes",
        ],
    );
    written(&house, 1).await;
    says(
        &vera.get("/analytics?days=7&bot=ada").await,
        &[
            "4 candidates; most often by near duplicate.",
            "href=\"/analytics/drops.csv?days=7&#38;bot=ada\"",
            "aria-current=\"true\">7 days",
        ],
    );
    let file = vera.get("/analytics/drops.csv").await;
    assert_eq!(file.body, "rule,candidates\r\nnear_duplicate,3\r\nlink,1\r\n");
    for nowhere in ["/analytics/drops", "/analytics/engagement.csv", "/analytics?bot=nobody"] {
        assert_eq!(vera.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
    // Other days than those offered are the usual ones.
    says(&vera.get("/analytics?days=9999").await, &["aria-current=\"true\">30 days"]);
}

#[tokio::test]
async fn the_rail_counts_what_waits_on_every_page() {
    let house = House::new().await;
    house.post("bob", "Fog since four, and the horn every thirty seconds.").await;
    let vera = house.visitor("vera", Role::Viewer).await;
    for path in ["/", "/queue", "/costs", "/analytics", "/settings"] {
        says(&vera.get(path).await, &["id=\"count-approvals\" class=\"waits\">1<"]);
    }
}
