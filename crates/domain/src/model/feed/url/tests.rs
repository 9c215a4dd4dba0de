//! What is an address of a feed, and every way known to us of spelling one that is not.

use super::*;

fn parse(text: &str) -> Result<FeedUrl, FeedUrlError> {
    FeedUrl::parse(text, FeedReach::Https)
}

#[test]
fn an_address_on_the_public_internet_is_kept_as_it_is() {
    for (text, kept) in [
        ("https://example.org/feed.xml", "https://example.org/feed.xml"),
        (" https://Example.org/a?b=c#d ", "https://example.org/a?b=c"),
        ("https://example.org:443/feed", "https://example.org/feed"),
        ("https://müller.de/feed", "https://xn--mller-kva.de/feed"),
        ("https://例え.jp/feed", "https://xn--r8jz45g.jp/feed"),
        ("https://93.184.216.34/feed", "https://93.184.216.34/feed"),
        ("https://[2606:4700::1111]/feed", "https://[2606:4700::1111]/feed"),
    ] {
        assert_eq!(parse(text).expect(text).as_str(), kept, "{text}");
    }
}

#[test]
fn plain_http_needs_the_operators_word() {
    let text = "http://example.org/feed";
    assert_eq!(parse(text), Err(FeedUrlError::Scheme("http".to_owned())));
    assert!(FeedUrl::parse(text, FeedReach::Http).is_ok());
    assert!(FeedUrl::parse("http://example.org:80/feed", FeedReach::Http).is_ok());
    assert_eq!(
        FeedUrl::parse("http://example.org:8080/", FeedReach::Http),
        Err(FeedUrlError::Port(8080))
    );
}

#[test]
fn the_switch_for_tests_opens_this_machine_and_nothing_else() {
    for (text, is_open) in [
        ("http://127.0.0.1:8080/feed", true),
        ("http://localhost:8080/feed", true),
        ("http://[::1]:8080/feed", true),
        ("http://10.0.0.1:8080/feed", false),
        ("http://169.254.169.254/", false),
        ("http://example.org/", false),
        ("http://127.1/", false),
        ("http://localhost./", false),
    ] {
        assert_eq!(FeedUrl::parse(text, FeedReach::Loopback).is_ok(), is_open, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, start) in [
        ("", "it is not a URL"),
        ("example.org/feed", "it is not a URL"),
        ("ftp://example.org/feed", "it begins with `ftp:`"),
        ("file:///etc/passwd", "it begins with `file:`"),
        ("https://user@example.org/", "it holds a user name"),
        ("https://user:pass@example.org/", "it holds a user name"),
        ("https://@example.org/", "it holds a user name"),
        ("https://:@example.org/", "it holds a user name"),
        ("https://example.org:8443/", "it names port 8443"),
        ("https://0x7f.1/", "its host is read as `127.0.0.1`"),
        ("https://example.org./", "its host is read as `example.org`"),
        ("https://example.org/a b", "it holds a backslash, a space"),
        ("https://intranet/", "its host `intranet` is not on the public internet"),
    ] {
        let message = parse(text).expect_err(text).to_string();
        assert!(message.starts_with(start), "{text}: {message}");
    }
    let long = format!("https://example.org/{}", "a".repeat(URL_BYTES_MAX));
    assert_eq!(parse(&long), Err(FeedUrlError::TooLong));
}

#[test]
fn a_key_in_an_address_is_not_shown() {
    let url = parse("https://example.org/feed?key=secret").unwrap();
    assert_eq!(url.to_string(), "https://example.org/feed?…");
    assert!(!format!("{url:?}").contains("secret"));
    assert!(url.as_str().contains("secret"));
}

#[test]
fn a_location_is_completed_and_checked_like_any_address() {
    let url = parse("https://example.org/a/feed").unwrap();
    let join = |location| url.join(location, FeedReach::Https);
    assert_eq!(join("b").unwrap().as_str(), "https://example.org/a/b");
    assert_eq!(join("/b").unwrap().as_str(), "https://example.org/b");
    assert_eq!(join("//other.org/b").unwrap().as_str(), "https://other.org/b");
    for location in [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://127.1/",
        "//127.1/",
        "\\\\127.1/",
        "/\\127.1/",
        "//user@example.org/",
        "//localhost/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://example.org:22/",
    ] {
        assert!(join(location).is_err(), "{location}");
    }
}

/// Other hosts that are not on the public internet.
const OTHERS: [&str; 59] = [
    "0",
    "0.0.0.0",
    "00",
    "0x0",
    "127.1",
    "127.0.1",
    "127.127.127.127",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "LocalHost",
    "a.localhost",
    "ⓛocalhost",
    "ｌｏｃａｌｈｏｓｔ",
    "loca\u{ad}lhost",
    "local\u{200b}host",
    "localhost.localdomain",
    "router.lan",
    "printer.local",
    "metadata.google.internal",
    "wiki.corp",
    "nas.home",
    "intranet",
    "db",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[::ffff:7f00:1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fd12:3456:789a::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[2001::1]",
    "[100::1]",
    "100.64.0.1",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.0.0.170",
    "168.63.129.16",
    "1.0.0.127.in-addr.arpa",
    "4294967295",
    "0xffffffff",
    "0xA9FEA9FE",
    "2852039166",
    "017700000001",
    "x.test",
    "x.onion",
];

/// Internal addresses, each in the spellings that parsers of the world take for it.
fn spellings() -> Vec<String> {
    let internal =
        [[127, 0, 0, 1], [10, 0, 0, 1], [169, 254, 169, 254], [192, 168, 0, 1], [172, 16, 0, 1]];
    let hosts = internal.into_iter().flat_map(spelled).chain(OTHERS.map(str::to_owned));
    hosts.flat_map(|host| [format!("https://{host}/feed"), format!("http://{host}/feed")]).collect()
}

/// One address in all its spellings.
fn spelled([a, b, c, d]: [u32; 4]) -> Vec<String> {
    let number = (a << 24) | (b << 16) | (c << 8) | d;
    let (low16, low24) = ((c << 8) | d, (b << 16) | (c << 8) | d);
    let (high, low) = (number >> 16, number & 0xffff);
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{number}"),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.0{b:o}.{c}.0x{d:x}"),
        format!("0x{a:x}.{low24}"),
        format!("0x{a:x}.{b}.0{low16:o}"),
        format!("{a}.{b}.{c}.{d}."),
        format!("{a}。{b}。{c}。{d}"),
        format!("{a}．{b}．{c}．{d}"),
        format!("{a}｡{b}｡{c}｡{d}"),
        format!("{a}%2e{b}%2e{c}%2e{d}"),
        full_width(&format!("{a}.{b}.{c}.{d}")),
        circled(&format!("{a}.{b}.{c}.{d}")),
        format!("%3{}{}.{b}.{c}.{d}", &a.to_string()[..1], &a.to_string()[1..]),
        format!("[::ffff:{a}.{b}.{c}.{d}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::{a}.{b}.{c}.{d}]"),
        format!("[::{high:x}:{low:x}]"),
        format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::]"),
        format!("[2002:{high:x}:{low:x}::1]"),
    ]
}

fn full_width(text: &str) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap();
    text.chars().map(wide).collect()
}

fn circled(text: &str) -> String {
    let circled = |c: char| match c.to_digit(10) {
        Some(0) => '⓪',
        Some(digit) => char::from_u32(0x2460 + digit - 1).unwrap(),
        None => c,
    };
    text.chars().map(circled).collect()
}

#[test]
fn no_spelling_of_an_internal_address_is_taken() {
    let spellings = spellings();
    assert!(spellings.len() >= 300, "{}", spellings.len());
    for reach in [FeedReach::Https, FeedReach::Http] {
        for text in &spellings {
            assert!(FeedUrl::parse(text, reach).is_err(), "{text} {reach:?}");
            let user = text.replace("://", "://example.org@");
            assert!(FeedUrl::parse(&user, reach).is_err(), "{user} {reach:?}");
        }
    }
}

#[test]
fn other_ways_around_the_host_are_not_taken() {
    for text in [
        "https:\\\\127.0.0.1\\feed",
        "https:127.0.0.1/feed",
        "https:/127.0.0.1/feed",
        "https:///127.0.0.1/feed",
        "https:////127.0.0.1/feed",
        "HTTPS://127.0.0.1/feed",
        "https://127.0.0.1\\@example.org/",
        "https://127.0.0.1#@example.org/",
        "https://127.0.0.1?@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org%40127.0.0.1/",
        "https://example.org:443@127.0.0.1/",
        "https://127.0.0.1:443/",
        "https://127.0.0.1:/",
        "https://127.0.0.1\t/",
        "https://127.0.\n0.1/",
        "https://[::1%25lo]/",
        "https://[::1",
        "https:// 127.0.0.1/",
        "gopher://127.0.0.1/",
        "data:text/xml,<rss/>",
        "//127.0.0.1/",
        "127.0.0.1",
    ] {
        assert!(FeedUrl::parse(text, FeedReach::Http).is_err(), "{text:?}");
    }
}
