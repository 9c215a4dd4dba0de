//! Lines of a file of any size: each is bounded, counted, and told apart from what is not text.

use std::io::{self, BufRead, Read as _};

/// Far above any post, so that a file without line ends is noticed before it fills the memory.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// A line of a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub number: u64,
    /// Its text without the line end, or why it has none.
    pub text: Result<String, &'static str>,
}

/// The lines of a file, one at a time.
pub struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Of `input`.
    pub fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let max = u64::try_from(LINE_BYTES_MAX + 1).unwrap_or(u64::MAX);
        if self.input.by_ref().take(max).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let is_ended = bytes.last() == Some(&b'\n');
        if !is_ended && bytes.len() > LINE_BYTES_MAX {
            self.skip_to_end()?;
            return Ok(Some(Line { number, text: Err("is longer than 64 KiB") }));
        }
        let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8").map(|text| {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let text = text.strip_suffix('\r').unwrap_or(text);
            let mark = if number == 1 { "\u{feff}" } else { "" };
            text.strip_prefix(mark).unwrap_or(text).to_owned()
        });
        Ok(Some(Line { number, text }))
    }

    fn skip_to_end(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_text_or_never_ends_does_not_stop_the_next() {
        let mut file = b"\xef\xbb\xbfone\r\n\xff\n".to_vec();
        file.extend(std::iter::repeat_n(b'x', 3 * LINE_BYTES_MAX));
        file.extend(b"\n\nlast");
        let lines: Vec<_> = Lines::new(&file[..]).map(|line| line.unwrap()).collect();
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_deref()).collect();
        let expected =
            [Ok("one"), Err(&"is not UTF-8"), Err(&"is longer than 64 KiB"), Ok(""), Ok("last")];
        assert_eq!(texts, expected);
        assert_eq!(lines.last().unwrap().number, 5);
    }
}
