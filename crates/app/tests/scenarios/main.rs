//! The promises, each as a story: a file a promise. The world is real but for X and the clock.

mod crash;
mod duplicate;
mod history;
mod lateness;
mod lost_answer;
mod queue;
mod refusal;
mod world;
