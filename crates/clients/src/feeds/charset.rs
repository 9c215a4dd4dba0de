//! From bytes to text: a byte order mark is believed first, then the server's header, then what the
//! document says of itself (RFC 7303).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The declaration stands in so many bytes.
const DECLARATION_BYTES_MAX: usize = 400;

/// The text of `body`; bytes that are none are replaced.
pub(super) fn decode(body: &[u8], content_type: Option<&str>) -> String {
    let declared = content_type.and_then(of_header).or_else(|| of_declaration(body));
    // A document that says nothing is UTF-8; one that is not then was written by an old program.
    let encoding = declared.unwrap_or_else(|| {
        if std::str::from_utf8(without_mark(body)).is_ok() { UTF_8 } else { WINDOWS_1252 }
    });
    // This one looks for a byte order mark itself, and takes it off. A null is no character of XML, and
    // none that a database keeps.
    encoding.decode(body).0.replace('\0', "\u{fffd}")
}

fn of_header(content_type: &str) -> Option<&'static Encoding> {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    label(charset.trim().trim_matches(['"', '\'']))
}

/// `<?xml version="1.0" encoding="…"?>`.
fn of_declaration(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [b'<', 0, b'?', 0, ..] => return Some(UTF_16LE),
        [0, b'<', 0, b'?', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let start = &without_mark(body)[..without_mark(body).len().min(DECLARATION_BYTES_MAX)];
    let start = String::from_utf8_lossy(start);
    let declaration = start.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let found = label(value[1..].split(quote).next()?)?;
    // Who could read the declaration byte by byte does not read UTF-16.
    Some(if found == UTF_16LE || found == UTF_16BE { UTF_8 } else { found })
}

fn label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_is_that_of_the_mark_the_header_or_the_document() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>";
        let bare = b"<a>caf\xe9</a>";
        let utf8 = "<a>café</a>".as_bytes();
        let utf16: Vec<u8> =
            "\u{FEFF}<?xml?><a>café</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = ["\u{FEFF}".as_bytes(), utf8].concat();
        for (body, header) in [
            (latin.as_slice(), None),
            (latin, Some("text/xml")),
            (bare, Some("text/xml; charset=ISO-8859-1")),
            (bare, Some("text/xml; Charset=\"latin1\"")),
            (bare, None),
            (bare, Some("text/xml; charset=no-such-thing")),
            (utf8, None),
            (utf8, Some("application/rss+xml; charset=UTF-8")),
            (&utf16, None),
            (&utf16[2..], None),
            (&marked, Some("text/xml; charset=iso-8859-1")),
        ] {
            let text = decode(body, header);
            assert!(text.contains("café") && !text.starts_with('\u{FEFF}'), "{header:?}: {text}");
        }
    }

    #[test]
    fn the_header_wins_over_the_document() {
        let body = "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".as_bytes();
        assert!(decode(body, Some("text/xml; charset=utf-8")).contains('é'));
    }

    #[test]
    fn a_lying_declaration_does_not_garble_everything() {
        let body = b"<?xml version='1.0' encoding='UTF-16'?><a>ok</a>";
        assert!(decode(body, None).contains("<a>ok</a>"));
    }
}
