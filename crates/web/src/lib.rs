//! What Flockwork shows of itself: health, statistics, an API and pages.
//!
//! Everything comes from the ports of `domain`. This crate never talks to X: a request to post
//! writes a row, wakes the engine and answers with the slot to follow.
//!
//! | file | what |
//! |---|---|
//! | `routes` | every URL in one table, and what each passes through |
//! | `health`, `api/` | JSON for machines |
//! | `metrics/` | numbers for monitors |
//! | `pages/`, `component/` | HTML for people, a file a page and a file a component |
//! | `chart/` | figures as SVG, tables and files |
//! | `access/` | who asks, how that is proven, and which right a route needs |
//! | `desk/` | what people and programs do, for pages and API alike |
//! | `sse` | keeps an open page up to date |
//! | `flock` | the first bots, for the rail of every page |
//! | `fresh` | renders once for everybody who asks |
//! | `judge` | review of what a person typed |
//! | `guard/` | who may ask, how often, and what every answer carries |
//! | `ways` | routes that can be listed |
//! | `problem` | every refusal, with the way out |

mod access;
mod api;
mod assets;
mod chart;
mod component;
mod desk;
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
mod traced;
mod ways;

pub use access::{Doors, FIRST_LINK_LIFE, new_link};
pub use metrics::{MetricLine, list_metrics};
pub use routes::{router, ways};
pub use state::{ToldTarget, WebBounds, WebSettings, WebState};
pub use ways::Way;
