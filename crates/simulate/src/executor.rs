//! Runs futures one poll at a time, in an order that only the futures themselves decide, on a clock
//! that moves when told. Dropping a task is a crash at the await where it stands; a frozen owner is a
//! process that was stopped by a signal.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::clock::TrueClock;

/// Whose task it is.
pub(crate) type Owner = usize;

type Work<T> = Pin<Box<dyn Future<Output = T>>>;

struct Task<T> {
    owner: Owner,
    work: Work<T>,
    waker: Arc<TaskWaker>,
}

#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

struct TaskWaker {
    task: u64,
    is_queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            hold(&self.ready.0).push_back(self.task);
        }
    }
}

/// Who waits for which moment; clones share it.
#[derive(Clone)]
pub(crate) struct Timers {
    clock: TrueClock,
    waiting: Arc<Mutex<BTreeMap<(i64, u64), Waker>>>,
}

impl Timers {
    /// No one waits yet.
    pub(crate) fn new(clock: TrueClock) -> Self {
        Self { clock, waiting: Arc::default() }
    }

    /// True time.
    pub(crate) fn now(&self) -> i64 {
        self.clock.millis()
    }

    /// Waits until so many milliseconds from now.
    pub(crate) async fn wait(&self, millis: i64) {
        let until = self.clock.millis() + millis;
        std::future::poll_fn(|context| {
            if self.clock.millis() >= until {
                return Poll::Ready(());
            }
            let mut waiting = hold(&self.waiting);
            let last = waiting.range((until, 0)..=(until, u64::MAX)).next_back();
            let place = last.map_or(0, |((_, last), _)| last + 1);
            waiting.insert((until, place), context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The first moment for which somebody waits.
    pub(crate) fn next(&self) -> Option<i64> {
        hold(&self.waiting).first_key_value().map(|((until, _), _)| *until)
    }

    /// Wakes those whose moment has come.
    pub(crate) fn fire(&self) {
        let now = self.clock.millis();
        loop {
            let mut waiting = hold(&self.waiting);
            match waiting.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let waker = first.remove();
                    drop(waiting);
                    waker.wake();
                }
                Some(_) | None => return,
            }
        }
    }
}

/// All tasks of all nodes.
pub(crate) struct Executor<T> {
    tasks: BTreeMap<u64, Task<T>>,
    ready: Arc<Ready>,
    started: u64,
    frozen: HashSet<Owner>,
    /// Woken while their owner was frozen, in order.
    held: Vec<u64>,
}

impl<T> Default for Executor<T> {
    fn default() -> Self {
        Self {
            tasks: BTreeMap::new(),
            ready: Arc::default(),
            started: 0,
            frozen: HashSet::new(),
            held: Vec::new(),
        }
    }
}

impl<T> Executor<T> {
    /// Starts a task; it is polled for the first time when the executor runs.
    pub(crate) fn spawn(&mut self, owner: Owner, work: impl Future<Output = T> + 'static) {
        self.started += 1;
        let waker = Arc::new(TaskWaker {
            task: self.started,
            is_queued: AtomicBool::new(true),
            ready: Arc::clone(&self.ready),
        });
        self.tasks.insert(self.started, Task { owner, work: Box::pin(work), waker });
        hold(&self.ready.0).push_back(self.started);
    }

    /// Polls whatever is ready until something ends; `None` when nothing is ready any more.
    pub(crate) fn run(&mut self) -> Option<(Owner, T)> {
        loop {
            let next = hold(&self.ready.0).pop_front()?;
            let Some(task) = self.tasks.get_mut(&next) else { continue };
            if self.frozen.contains(&task.owner) {
                self.held.push(next);
                continue;
            }
            task.waker.is_queued.store(false, Ordering::Relaxed);
            let waker = Waker::from(Arc::clone(&task.waker));
            let polled = task.work.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(done) = polled {
                let owner = task.owner;
                self.tasks.remove(&next);
                return Some((owner, done));
            }
        }
    }

    /// The owner dies where it stands.
    pub(crate) fn kill(&mut self, owner: Owner) {
        // One at a time, in the order in which they started: what a task does as it is dropped is
        // part of the run.
        let dead: Vec<u64> =
            self.tasks.iter().filter(|(_, task)| task.owner == owner).map(|(id, _)| *id).collect();
        for task in dead {
            self.tasks.remove(&task);
        }
        self.frozen.remove(&owner);
    }

    /// The owner stops where it stands.
    pub(crate) fn freeze(&mut self, owner: Owner) {
        self.frozen.insert(owner);
    }

    /// And goes on.
    pub(crate) fn thaw(&mut self, owner: Owner) {
        self.frozen.remove(&owner);
        hold(&self.ready.0).extend(std::mem::take(&mut self.held));
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended<T>(executor: &mut Executor<T>) -> Vec<(Owner, T)> {
        std::iter::from_fn(|| executor.run()).collect()
    }

    #[test]
    fn tasks_end_in_the_order_of_their_moments() {
        let clock = TrueClock::at(0);
        let timers = Timers::new(clock.clone());
        let mut executor = Executor::default();
        for (owner, wait) in [(0, 30), (1, 10), (2, 10)] {
            let timers = timers.clone();
            executor.spawn(owner, async move { timers.wait(wait).await });
        }
        assert_eq!(ended(&mut executor), []);
        assert_eq!(timers.next(), Some(10));
        clock.set(10);
        timers.fire();
        assert_eq!(ended(&mut executor), [(1, ()), (2, ())]);
        clock.set(30);
        timers.fire();
        assert_eq!(ended(&mut executor), [(0, ())]);
    }

    #[test]
    fn who_is_frozen_goes_on_later_and_who_is_dead_never() {
        let clock = TrueClock::at(0);
        let timers = Timers::new(clock.clone());
        let mut executor = Executor::default();
        for owner in [0, 1] {
            let timers = timers.clone();
            executor.spawn(owner, async move { timers.wait(5).await });
        }
        assert_eq!(ended(&mut executor), []);
        executor.freeze(0);
        executor.kill(1);
        clock.set(5);
        timers.fire();
        assert_eq!(ended(&mut executor), []);
        executor.thaw(0);
        assert_eq!(ended(&mut executor), [(0, ())]);
    }
}
