//! What Flockwork shows of itself: health, statistics, an API and pages.
//!
//! Everything comes from the ports of `domain`. This crate never talks to X: a request to post
//! writes a row, wakes the engine and answers with the slot to follow.
//!
//! | file | what |
//! |---|---|
//! | `routes` | every URL in one table, and what each passes through |
//! | `well` | is the node well? one pure function |
//! | `health`, `api/` | JSON for machines |
//! | `metrics/` | numbers for monitors |
//! | `pages/`, `component/` | HTML for people, a file a page and a file a component |
//! | `access/` | who asks, how that is proven, and which right a route needs |
//! | `sse` | keeps an open page up to date |
//! | `flock` | the first bots, for the rail of every page |
//! | `fresh` | renders once for everybody who asks |
//! | `judge` | review of what a person typed |
//! | `guard/` | who may ask, how often, and what every answer carries |
//! | `problem` | every refusal, with the way out |

mod access;
mod api;
mod assets;
mod component;
mod flock;
mod fresh;
mod guard;
mod health;
mod judge;
mod metrics;
mod pages;
mod problem;
mod routes;
mod snapshot;
mod sse;
mod state;
mod well;

pub use access::{Doors, FIRST_LINK_LIFE, new_link};
pub use metrics::{MetricLine, list_metrics};
pub use routes::router;
pub use state::{WebSettings, WebState};
