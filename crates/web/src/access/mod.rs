//! Who asks, how that is proven, and what follows from it.
//!
//! ```text
//! identify   cookie or token → Caller, once for each request
//! demand     each route says which right it needs
//! csrf       what a browser's session changes carries the word of its own pages
//! ```

mod caller;
mod cookie;
mod csrf;
mod demand;
mod denials;
mod door;
mod identify;
mod link;
mod login;
mod password;
mod random;
mod second;
mod token;

pub(crate) use caller::{Caller, Holds};
pub(crate) use cookie::{ended_cookie, keep_cookies};
pub(crate) use csrf::check_csrf;
pub(crate) use demand::demand;
pub(crate) use denials::Denials;
pub(crate) use door::Door;
pub use door::Doors;
pub(crate) use identify::identify;
pub use link::{FIRST_LINK_LIFE, new_link};
pub(crate) use login::{Entered, Refused, confirm, let_in, log_in};
pub(crate) use password::{Kitchen, PASSWORD_CHARS_MAX, weakness};
pub(crate) use random::bytes as random_bytes;
pub(crate) use second::{Second, qr_svg};
pub(crate) use token::{TOKEN_DAYS, TOKEN_NAME_CHARS_MAX, new_token};
