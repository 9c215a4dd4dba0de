//! The walk over a text: where a link may begin, and which finds do not count.

use std::ops::Range;

use super::{domain, path};

/// X ignores longer addresses.
const URL_LENGTH_MAX: usize = 4096;
/// X ignores a `t.co` address with a longer name.
const TCO_NAME_LENGTH_MAX: usize = 40;

/// The links of `text`, as byte ranges in order.
pub fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains('.') {
        return found;
    }
    let mut scan = Scan { text, at: 0, dead: 0..0 };
    while let Some((url, before)) = scan.next_url() {
        if !domain::is_encodable(&text[url.domain.clone()]) || url.is_too_long(text) {
            continue;
        }
        if url.has_protocol() {
            found.extend(with_protocol(text, &url));
        } else if !before.is_some_and(|c| matches!(c, '-' | '_' | '.' | '/')) {
            without_protocol(text, &url, &mut found);
        }
    }
    found
}

/// What looks like an address, in byte offsets.
struct Url {
    start: usize,
    domain: Range<usize>,
    /// Where the domain and its port end: a path or a query begins here if there is one.
    path: Range<usize>,
    end: usize,
}

impl Url {
    fn has_protocol(&self) -> bool {
        self.start < self.domain.start
    }

    fn is_too_long(&self, text: &str) -> bool {
        const ASSUMED_PROTOCOL: usize = "https://".len();
        ASSUMED_PROTOCOL + text[self.start..self.end].encode_utf16().count() > URL_LENGTH_MAX
    }
}

/// The place in a text.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// No domain begins in here.
    dead: Range<usize>,
}

impl Scan<'_> {
    /// The next address, with the character before it.
    fn next_url(&mut self) -> Option<(Url, Option<char>)> {
        while let Some(before) = self.text[self.at..].chars().next() {
            let at = self.at;
            self.at += before.len_utf8();
            let behind = if may_precede(before) { self.url_at(self.at) } else { None };
            let found = match behind {
                Some(url) => Some((url, Some(before))),
                None if at == 0 => self.url_at(0).map(|url| (url, None)),
                None => None,
            };
            if let Some((url, before)) = found {
                self.at = url.end;
                return Some((url, before));
            }
        }
        None
    }

    fn url_at(&mut self, start: usize) -> Option<Url> {
        let protocol = protocol_length(&self.text[start..]);
        if protocol > 0
            && let Ok(domain) = domain::length(&self.text[start + protocol..])
        {
            return Some(self.url(start, start + protocol, domain));
        }
        if self.dead.contains(&start) {
            return None;
        }
        match domain::length(&self.text[start..]) {
            Ok(domain) => Some(self.url(start, start, domain)),
            Err(dead) => {
                self.dead = start..start + dead;
                None
            }
        }
    }

    fn url(&self, start: usize, domain_start: usize, domain_length: usize) -> Url {
        let domain_end = domain_start + domain_length;
        let path_start = domain_end + path::port_length(&self.text[domain_end..]);
        let query_start = path_start + path::path_length(&self.text[path_start..]);
        let end = query_start + path::query_length(&self.text[query_start..]);
        Url { start, domain: domain_start..domain_end, path: path_start..query_start, end }
    }
}

/// Whether a link may begin right after this: not inside a word, a mention, a hashtag, a cashtag.
fn may_precede(character: char) -> bool {
    !character.is_ascii_alphanumeric()
        && !matches!(
            character,
            '@' | '＠' | '$' | '#' | '＃' | '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'
        )
}

fn protocol_length(text: &str) -> usize {
    ["https://", "http://"]
        .iter()
        .find(|protocol| {
            text.get(..protocol.len()).is_some_and(|start| start.eq_ignore_ascii_case(protocol))
        })
        .map_or(0, |protocol| protocol.len())
}

/// The whole address; of a `t.co` one only the name and its query.
fn with_protocol(text: &str, url: &Url) -> Option<Range<usize>> {
    let path = &text[url.path.clone()];
    let name = path.strip_prefix('/').unwrap_or("");
    let name_length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if !text[url.domain.clone()].eq_ignore_ascii_case("t.co")
        || url.domain.end != url.path.start
        || name_length == 0
    {
        return Some(url.start..url.end);
    }
    let name_end = url.path.start + 1 + name_length;
    let end = name_end + path::query_length(&text[name_end..]);
    (name_length <= TCO_NAME_LENGTH_MAX).then_some(url.start..end)
}

/// The ASCII domains in it: `見てexample.com` is a link only from the `e` on. A path belongs to the
/// last of them.
fn without_protocol(text: &str, url: &Url, found: &mut Vec<Range<usize>>) {
    let domains = domain::ascii_domains(&text[url.domain.clone()]);
    let first_new = found.len();
    found.extend(domains.into_iter().map(|d| url.domain.start + d.start..url.domain.start + d.end));
    if let Some(last) = found[first_new..].last_mut()
        && !url.path.is_empty()
    {
        last.end = url.end;
    }
}
