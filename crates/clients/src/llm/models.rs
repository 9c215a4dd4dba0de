//! `GET /models`: a cheap question that shows whether server, key and model id are right.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::redact::printable;

/// A model that a server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedModel {
    /// What `OPENAI_MODEL` is set to.
    pub id: String,
    /// When it will be switched off, where the server says.
    pub shutdown_on: Option<Date>,
}

/// Models that are kept of a list.
const MODELS_MAX: usize = 5_000;

/// Every model in the list; `None` if it is not a list of models.
pub(super) fn read(json: &Value) -> Option<Vec<ListedModel>> {
    let list = ["data", "models"].iter().find_map(|key| json.get(key)?.as_array());
    let models = list.or_else(|| json.as_array())?;
    Some(models.iter().filter_map(listed).take(MODELS_MAX).collect())
}

fn listed(model: &Value) -> Option<ListedModel> {
    let id = ["id", "name", "model"].iter().find_map(|key| model.get(key)?.as_str())?;
    let shutdown_on = model.get("shutdown_date").and_then(date);
    Some(ListedModel { id: printable(id, &[]), shutdown_on })
}

/// A date, the beginning of a time, or seconds since 1970.
fn date(value: &Value) -> Option<Date> {
    if let Some(secs) = value.as_i64() {
        let moment = Timestamp::from_second(secs).ok()?;
        return Some(moment.to_zoned(TimeZone::UTC).date());
    }
    value.as_str()?.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_several_servers_are_read() {
        let model = |id: &str, shutdown_on| ListedModel { id: id.to_owned(), shutdown_on };
        let soon = Some(date(2026, 12, 11));
        for (body, models) in [
            (json!({"object": "list", "data": [{"id": "a"}]}), Some(vec![model("a", None)])),
            (json!({"models": [{"name": "a"}, {"size": 1}]}), Some(vec![model("a", None)])),
            (json!([{"id": "a", "shutdown_date": null}]), Some(vec![model("a", None)])),
            (
                json!({"data": [{"id": "a", "shutdown_date": "2026-12-11"}]}),
                Some(vec![model("a", soon)]),
            ),
            (
                json!({"data": [{"id": "a", "shutdown_date": "2026-12-11T00:00:00Z"}]}),
                Some(vec![model("a", soon)]),
            ),
            (
                json!({"data": [{"id": "a", "shutdown_date": 1_796_947_200}]}),
                Some(vec![model("a", soon)]),
            ),
            (json!({"data": [{"id": "a", "shutdown_date": "soon"}]}), Some(vec![model("a", None)])),
            (json!({"data": []}), Some(vec![])),
            (json!({"ok": true}), None),
        ] {
            assert_eq!(read(&body), models, "{body}");
        }
    }
}
