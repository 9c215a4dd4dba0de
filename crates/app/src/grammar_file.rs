//! A grammar from its file. No more of the file is read than a grammar may have.

use std::io::{self, Read};

use domain::rules::grammar::{FILE_BYTES_MAX, Mistake, Mistakes, OwnGrammar};

/// Reads a grammar; the outer error is that of the file itself.
pub fn read(input: impl Read) -> io::Result<Result<OwnGrammar, Mistakes>> {
    let mut bytes = Vec::new();
    let bytes_max = u64::try_from(FILE_BYTES_MAX + 1).unwrap_or(u64::MAX);
    input.take(bytes_max).read_to_end(&mut bytes)?;
    if bytes.len() > FILE_BYTES_MAX {
        // Refused for its size alone, and perhaps cut off within a character.
        return Ok(OwnGrammar::from_json(&String::from_utf8_lossy(&bytes)));
    }
    Ok(match std::str::from_utf8(&bytes) {
        Ok(json) => OwnGrammar::from_json(json),
        Err(error) => Err(Mistakes(vec![not_utf8(&bytes[..error.valid_up_to()])])),
    })
}

fn not_utf8(good: &[u8]) -> Mistake {
    let line = good.split(|byte| *byte == b'\n').count();
    Mistake {
        path: format!("line {line}"),
        found: "bytes that are not UTF-8".to_owned(),
        allowed: "JSON in UTF-8".to_owned(),
        mend: "save the file as UTF-8".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(bytes: &[u8]) -> Mistake {
        read(bytes).unwrap().unwrap_err().0.remove(0)
    }

    #[test]
    fn a_file_that_is_no_grammar_says_so_without_being_read_to_its_end() {
        assert!(read(&br#"{"origin": "fog"}"#[..]).unwrap().is_ok());
        assert_eq!(mistake(b"{\n\"origin\": \"\xff\"}").path, "line 2");
        let endless = io::repeat("é".as_bytes()[0]);
        let mistakes = read(endless).unwrap().unwrap_err().0;
        assert!(mistakes[0].found.starts_with("more than 1048576 bytes"), "{mistakes:?}");
    }
}
