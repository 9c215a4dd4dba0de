//! `flockwork queue orders`, from outside.

use sqlx::{Connection as _, SqliteConnection};

use crate::place::Place;

/// What a node would have written.
fn execute(place: &Place, sql: &'static str) {
    let url = format!("sqlite://{}", place.path("data/flockwork.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut file = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    });
}

#[test]
fn what_is_ordered_in_bulk_is_listed() {
    let place = Place::new();
    place.run(&["queue", "add", "Rain at nine, sun at ten."]);
    let said = place.run(&["queue", "orders"]);
    assert_eq!((said.code, said.out.as_str()), (0, "Nothing is ordered in bulk.\n"));
    execute(
        &place,
        "INSERT INTO reservations (id, bot_id, fence, day, amount_micro_usd, made_at)
            VALUES (7, 'template-bot', 1, '2026-11-27', 1500, 1795766400000);
         INSERT INTO bulk_orders (bot_id, persona_version, model, requests, stage, batch_name,
            reservation_id, amount_micro_usd, detail, fence, look_at, made_at)
         VALUES ('template-bot', 1, 'gpt-6-luna',
            '[{\"wishes\":[{\"topic\":\"fog\",\"count\":6}],\"system\":\"\",\"user\":\"\",
               \"schema\":{},\"completion_tokens_max\":9}]',
            'running', 'batch_1', 7, 1500, 'HTTP 503', 1, 1795766400000, 1795766400000);",
    );
    let said = place.run(&["queue", "orders", "--format", "json"]);
    let order: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    for (key, value) in [
        ("bot_id", serde_json::json!("template-bot")),
        ("posts", 6.into()),
        ("stage", "running".into()),
        ("batch", "batch_1".into()),
        ("reserved_micro_usd", 1500.into()),
        ("detail", "HTTP 503".into()),
    ] {
        assert_eq!(order[key], value, "{key}: {order}");
    }
    let said = place.run(&["queue", "orders"]);
    assert!(said.out.contains("template-bot") && said.out.contains("HTTP 503"), "{said:?}");
}
