//! When anything wants attention next: the heads of a few indexes, whatever the number of bots.

use domain::ports::store::StoreError;
use jiff::Timestamp;

use crate::db::Db;
use crate::dialect::Sql;

static NEXT: Sql = Sql::new(
    "slots",
    "SELECT min(head) FROM (
        SELECT min(wake_at) AS head FROM slots WHERE state = 'planned' AND wake_at IS NOT NULL
        UNION ALL
        SELECT min(wake_at) FROM slots WHERE state = 'assigned' AND wake_at IS NOT NULL
        UNION ALL
        SELECT min(wake_at) FROM slots WHERE state = 'retry_wait' AND wake_at IS NOT NULL
        UNION ALL
        SELECT min(wake_at) FROM slots WHERE state = 'unknown' AND wake_at IS NOT NULL
        UNION ALL
        SELECT min(wake_at) FROM slots WHERE state = 'needs_attention' AND wake_at IS NOT NULL
        UNION ALL
        SELECT min(replan_at) FROM schedules WHERE replan_at IS NOT NULL
        UNION ALL
        SELECT min(refill_not_before) FROM bot_stats 
            WHERE low_water > remaining_posts + draft_posts
     ) AS heads",
);

pub(crate) static TEXTS: [&Sql; 1] = [&NEXT];

pub(super) async fn next(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    let head = db.one::<(Option<i64>,)>(&NEXT, &[]).await?.and_then(|(head,)| head);
    // A corrupt one is now or never: what takes the row up, if anything does, names it.
    Ok(head.and_then(|millis| match Timestamp::from_millisecond(millis) {
        Ok(time) => Some(time),
        Err(_) => (millis < 0).then_some(Timestamp::MIN),
    }))
}
