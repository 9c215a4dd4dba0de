//! Writers that stand in for one another: a model, other models, a grammar. Each is asked where those
//! before it fail, and those that failed are left alone for a while, so that nobody waits for a server
//! that is away once a batch.
//!
//! The last resort writes only what the next slots need. A grammar is not the voice that a person
//! chose; it is there so that the bot does not fall silent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::model::MicroUsd;
use domain::ports::{Clock, Tried, WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::ladder::rest;
use jiff::Timestamp;

/// A last resort writes so many posts at a time.
const LAST_RESORT_POSTS_MAX: usize = 3;

/// Writers, in the order in which they are asked.
pub struct Ladder {
    clock: Arc<dyn Clock>,
    steps: Vec<Step>,
    /// The step that wrote last.
    standing: Mutex<usize>,
}

struct Step {
    name: String,
    writer: Arc<dyn Writer>,
    is_last_resort: bool,
    resting: Mutex<Resting>,
}

/// Why a step is not asked now.
#[derive(Default)]
struct Resting {
    failures: u32,
    until: Option<(Timestamp, WriterError)>,
}

impl Ladder {
    /// Without a step.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, steps: Vec::new(), standing: Mutex::new(0) }
    }

    /// With this writer below those that are there.
    #[must_use]
    pub fn step(self, name: impl Into<String>, writer: Arc<dyn Writer>) -> Self {
        self.with(name.into(), writer, false)
    }

    /// With this one at its foot, asked only when a queue is nearly empty.
    #[must_use]
    pub fn last_resort(self, name: impl Into<String>, writer: Arc<dyn Writer>) -> Self {
        self.with(name.into(), writer, true)
    }

    fn with(mut self, name: String, writer: Arc<dyn Writer>, is_last_resort: bool) -> Self {
        let resting = Mutex::default();
        self.steps.push(Step { name, writer, is_last_resort, resting });
        self
    }

    /// Says that another step writes than before.
    fn stand_on(&self, place: usize, tried: &[Tried]) {
        let mut standing = hold(&self.standing);
        if std::mem::replace(&mut *standing, place) == place {
            return;
        }
        let name = &self.steps[place].name;
        let failed = tried.iter().find_map(|one| Some((&one.writer, one.error.as_ref()?)));
        if let Some((other, why)) = failed {
            tracing::warn!(
            event = "writer.replaced",writer = %name, "{name} writes now, instead of {other}: {why}");
        } else {
            tracing::info!(
            event = "writer.back",writer = %name, "{name} writes again");
        }
    }
}

#[async_trait]
impl Writer for Ladder {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let mut tried = Vec::new();
        let mut lost = MicroUsd::ZERO;
        let mut first: Option<WriterError> = None;
        for (place, step) in self.steps.iter().enumerate() {
            if step.is_last_resort && !request.is_urgent && first.is_some() {
                continue;
            }
            match step.write(request, self.clock.as_ref()).await {
                Ok(answer) => {
                    self.stand_on(place, &tried);
                    tried.push(Tried { writer: step.name.clone(), error: None });
                    return Ok(WriteAnswer { tried, lost: lost + answer.lost, ..answer });
                }
                Err(error) => {
                    let why = Some(error.to_string());
                    tried.push(Tried { writer: step.name.clone(), error: why });
                    if error.may_be_billed() {
                        lost += step.ceiling(request, self.clock.now());
                    }
                    // The first of them, but none that may be billed is kept silent for one that is not.
                    if first
                        .as_ref()
                        .is_none_or(|one| !one.may_be_billed() && error.may_be_billed())
                    {
                        first = Some(error);
                    }
                }
            }
        }
        Err(first.unwrap_or_else(|| WriterError::NotSent("there is no writer".to_owned())))
    }

    /// Each of them may be asked, and each may be billed.
    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> Option<MicroUsd> {
        let each: Vec<_> = self.steps.iter().map(|step| step.writer.ceiling(request, at)).collect();
        let sum: MicroUsd = each.iter().copied().flatten().sum();
        // What has a price is reserved, also beside what has none.
        let is_known = sum > MicroUsd::ZERO || each.iter().all(Option::is_some);
        is_known.then_some(sum)
    }

    /// One of them is enough, for each of them may be asked.
    fn is_unpriced(&self, request: &WriteRequest) -> bool {
        self.steps.iter().any(|step| step.writer.is_unpriced(request))
    }
}

impl Step {
    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> MicroUsd {
        self.writer.ceiling(request, at).unwrap_or(MicroUsd::ZERO)
    }

    async fn write(
        &self,
        request: &WriteRequest,
        clock: &dyn Clock,
    ) -> Result<WriteAnswer, WriterError> {
        let now = clock.now();
        if let Some((until, why)) = &hold(&self.resting).until
            && now < *until
        {
            return Err(not_asked(why));
        }
        let outcome = if self.is_last_resort {
            self.writer.write(&shortened(request)).await
        } else {
            self.writer.write(request).await
        };
        let mut resting = hold(&self.resting);
        match &outcome {
            Ok(_) => *resting = Resting::default(),
            Err(error) => {
                resting.failures = resting.failures.saturating_add(1);
                let rest = rest(error, resting.failures);
                resting.until = rest.map(|rest| (clock.now() + rest, error.clone()));
            }
        }
        outcome
    }
}

/// The failure of a step that rests: nobody heard of this request, so nobody bills it.
fn not_asked(why: &WriterError) -> WriterError {
    match why {
        WriterError::Unavailable(why) => WriterError::NotSent(why.clone()),
        why => why.clone(),
    }
}

fn shortened(request: &WriteRequest) -> WriteRequest {
    let mut request = request.clone();
    request.wishes.truncate(LAST_RESORT_POSTS_MAX);
    request
}

fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it was held leaves a whole value: every change is one assignment.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
