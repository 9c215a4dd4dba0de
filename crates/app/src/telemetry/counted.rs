//! Where lines of the log end: what is lost on the way is counted, and said once it is over; nothing waits
//! for it (faults 16 and 79).
//!
//! A line is lost where the queue before the writer is full, because a reader stalled or a disk is slow,
//! or where the writer is refused, because a disk is full or nobody reads any more.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::ErrorCounter;

/// An end of the log, and what it lost since the start.
pub struct Sink {
    /// The label of its metric.
    pub name: &'static str,
    /// The thread that writes there.
    pub thread: &'static str,
    /// For people.
    words: &'static str,
    refused: AtomicU64,
    queue: OnceLock<ErrorCounter>,
}

/// Standard error.
pub static STDERR: Sink = Sink::new("stderr", "log-stderr", "Standard error");
/// The files of `LOG_DIR`.
pub static FILES: Sink = Sink::new("files", "log-files", "The log files");

impl Sink {
    const fn new(name: &'static str, thread: &'static str, words: &'static str) -> Self {
        Self { name, thread, words, refused: AtomicU64::new(0), queue: OnceLock::new() }
    }

    /// Lines that never came to its queue's end count from here on.
    pub fn follow(&self, queue: ErrorCounter) {
        // A process starts its log once.
        let _ = self.queue.set(queue);
    }

    /// Lines that its queue had no room for.
    fn dropped(&self) -> u64 {
        self.queue.get().map_or(0, |queue| queue.dropped_lines() as u64)
    }

    /// Lines that it lost.
    pub fn lost(&self) -> u64 {
        self.refused.load(Ordering::Relaxed) + self.dropped()
    }
}

/// Writes, and counts the lines that could not be.
pub struct Counted<W> {
    to: W,
    sink: &'static Sink,
    /// Lost lines that were told.
    told: u64,
    is_refused: bool,
}

impl<W> Counted<W> {
    /// Nothing is lost so far.
    pub fn new(to: W, sink: &'static Sink) -> Self {
        Self { to, sink, told: sink.lost(), is_refused: false }
    }

    fn tell_lost(&mut self) {
        let lost = self.sink.lost() - self.told;
        if lost > 0 {
            self.told += lost;
            let words = self.sink.words;
            tracing::warn!(
                event = "log.lost",
                lines.lost = lost,
                "{words} lack {lost} lines; they are written again"
            );
        }
    }
}

impl<W: Write> Write for Counted<W> {
    /// One call is one line; a line that was lost counts as written, or it would be tried for ever.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.to.write_all(line) {
            Ok(()) => self.is_refused = false,
            Err(error) => {
                self.sink.refused.fetch_add(1, Ordering::Relaxed);
                if !std::mem::replace(&mut self.is_refused, true) {
                    let words = self.sink.words;
                    tracing::warn!(
                        event = "log.refused",
                        "{words} cannot be written, so lines are left out: {error}"
                    );
                }
            }
        }
        Ok(line.len())
    }

    /// The queue is empty. So what is said now has room, and is not lost itself.
    fn flush(&mut self) -> io::Result<()> {
        if !self.is_refused {
            self.tell_lost();
        }
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TRIED: Sink = Sink::new("tried", "log-tried", "The tried lines");

    /// Refuses so many lines.
    struct Full(u32);

    impl Write for Full {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_full_disk_refuses_is_counted_and_told_when_there_is_room() {
        let mut counted = Counted::new(Full(3), &TRIED);
        for (lost, told) in [(1, 0), (2, 0), (3, 0), (3, 3), (3, 3)] {
            assert_eq!(counted.write(b"a line\n").unwrap(), 7);
            counted.flush().unwrap();
            assert_eq!((TRIED.lost(), counted.told), (lost, told));
        }
    }
}
