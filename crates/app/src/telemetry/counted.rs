//! A log file that may not be written: what it loses is counted and said on standard error, once when
//! it begins and once when it is over, and nothing waits for it (fault 16).

use std::io::{self, Write};

/// Writes, and counts the lines that could not be.
pub struct Counted<W> {
    to: W,
    lost: u64,
}

impl<W> Counted<W> {
    /// Nothing is lost so far.
    pub fn new(to: W) -> Self {
        Self { to, lost: 0 }
    }
}

impl<W: Write> Write for Counted<W> {
    /// One call is one line; a line that was lost counts as written, or it would be tried for ever.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.to.write_all(line) {
            Ok(()) if self.lost > 0 => {
                let lost = std::mem::take(&mut self.lost);
                tracing::warn!(
                    lines.lost = lost,
                    "The log files lack {lost} lines; they are written again"
                );
            }
            Ok(()) => {}
            Err(error) => {
                self.lost += 1;
                if self.lost == 1 {
                    tracing::warn!(
                        "The log files cannot be written, so lines are left out: {error}"
                    );
                }
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_a_full_disk_refuses_is_counted_until_there_is_room() {
        let mut counted = Counted::new(Full(3));
        for lost in [1, 2, 3, 0, 0] {
            assert_eq!(counted.write(b"a line\n").unwrap(), 7);
            assert_eq!(counted.lost, lost);
        }
    }
}
