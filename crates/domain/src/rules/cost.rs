//! What things cost.
//!
//! Prices are data with the day from which they hold (`crates/domain/data`): a rise is a line in a
//! file, and what was spent before it stays what it was.

mod model;
mod tariff;
mod x;

pub use self::model::{
    DEFAULT_MODEL, SHUTDOWN_NOTICE_DAYS, bulk_cost, is_priced, model_ceiling, model_cost,
    shutdown_of,
};
pub use self::tariff::{OwnPrice, OwnPrices, Tariff};
pub use self::x::{PostPrice, account_cost, post_cost, price_of, read_cost};

/// The price that holds at a time, of prices in the order of their days: the last that began, and
/// before all of them the first.
fn in_force<T>(prices: &[T], begun: impl Fn(&T) -> bool) -> Option<&T> {
    prices.iter().rev().find(|price| begun(price)).or(prices.first())
}
