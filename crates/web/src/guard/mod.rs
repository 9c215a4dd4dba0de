//! Who may ask, how often, how long, and what every answer carries.

mod deadline;
mod headers;
mod host;
mod limits;
mod token;

pub(crate) use deadline::deadline;
pub(crate) use headers::{security_headers, stamp_probe};
pub(crate) use host::{check_addressee, check_host};
pub(crate) use limits::{Limiter, limit_rate};
pub(crate) use token::check_token;
