//! Who may ask, how often, how long, and what every answer carries.

mod bearer;
mod deadline;
mod forwarded;
mod headers;
mod host;
mod limits;
mod own_words;

pub(crate) use bearer::bearer;
pub(crate) use deadline::deadline;
pub(crate) use forwarded::take_forwarded;
pub(crate) use headers::{security_headers, stamp_probe};
pub(crate) use host::{check_addressee, check_host};
pub(crate) use limits::{Limiter, limit_rate, network};
pub(crate) use own_words::own_words;
