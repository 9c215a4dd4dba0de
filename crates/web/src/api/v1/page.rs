//! Lists come in pages. Where the next one begins is a word of ours, `next`, that a program hands back as
//! it is: what stands in it is nobody's business and may change.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::bad_query;
use crate::problem::Problem;

/// Things of a page at most.
pub(super) const LIMIT_MAX: u32 = 100;
/// Things of a page where nobody says.
const LIMIT_DEFAULT: u32 = 50;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{1,200}$")]
    cursor: Option<String>,
}

impl Span {
    /// How many it has.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }

    /// Where it begins.
    pub(super) fn start<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        start(self.cursor.as_ref())
    }
}

/// Some of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// In the order of the list.
    items: Vec<T>,
    /// The `cursor` of the page that follows; none where this is the last.
    #[schema(required)]
    next: Option<String>,
}

/// How many a page has.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(bad_query(&format!("`limit` is 1 to {LIMIT_MAX}"))),
    }
}

/// Where a page begins.
pub(super) fn start<K: DeserializeOwned>(cursor: Option<&String>) -> Result<Option<K>, Problem> {
    let read = |cursor: &String| {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    cursor
        .map(|cursor| {
            read(cursor).ok_or_else(|| {
                let detail =
                    "This `cursor` is not one that an answer gave as `next`. Begin without one.";
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_cursor", detail)
            })
        })
        .transpose()
}

impl<T> Page<T> {
    /// Of rows that were asked for with one more than `limit`, so that it shows whether there are others.
    pub(super) fn of<R, K: Serialize>(
        mut rows: Vec<R>,
        limit: u32,
        key: impl Fn(&R) -> K,
        view: impl FnMut(R) -> T,
    ) -> Self {
        let has_more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let last = rows.last().filter(|_| has_more).map(|row| word(&key(row)));
        Self { items: rows.into_iter().map(view).collect(), next: last }
    }

    /// Of items whose next page begins after `last`, where there is one.
    pub(super) fn leading<K: Serialize>(items: Vec<T>, last: Option<&K>) -> Self {
        Self { items, next: last.map(|last| word(last)) }
    }

    /// Of a list that is short by its nature, and never longer than a page of its own.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

fn word(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("numbers and words"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_next_until_there_is_none() {
        let page = |rows: Vec<i64>| Page::of(rows, 2, |row| *row, |row| row * 10);
        let first = page(vec![1, 2, 3]);
        assert_eq!(first.items, [10, 20]);
        assert_eq!(start::<i64>(first.next.as_ref()).unwrap(), Some(2));
        assert_eq!(page(vec![3, 4]).next, None);
        assert_eq!(page(Vec::new()).next, None);
    }

    #[test]
    fn a_cursor_of_ones_own_is_refused() {
        for wrong in ["x", "bm90IGpzb24", "IjEi", ""] {
            let problem = start::<i64>(Some(&wrong.to_owned())).unwrap_err();
            assert_eq!(problem.code, "bad_cursor", "{wrong}");
        }
        assert_eq!(start::<i64>(None).unwrap(), None);
    }

    #[test]
    fn a_page_has_its_bounds() {
        assert_eq!(limit(None).unwrap(), LIMIT_DEFAULT);
        assert_eq!(limit(Some(LIMIT_MAX)).unwrap(), LIMIT_MAX);
        assert!(limit(Some(0)).is_err() && limit(Some(LIMIT_MAX + 1)).is_err());
    }
}
