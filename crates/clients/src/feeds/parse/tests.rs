//! Feeds as they are written, well and badly.

use std::fmt::Write as _;

use super::*;

fn base() -> Url {
    Url::parse("https://example.org/blog/feed.xml").unwrap()
}

fn read(document: &str) -> Parsed {
    parse(document, &base()).unwrap_or_else(|trouble| panic!("{trouble}: {document}"))
}

fn trouble(document: &str) -> String {
    parse(document, &base()).expect_err(document).to_string()
}

/// An RSS 2.0 feed around `items`.
fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Harbour</title>{items}</channel></rss>"
    )
}

fn only(document: &str) -> FeedItem {
    let mut items = read(document).items;
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

#[test]
fn rss_2_is_read() {
    let parsed = read(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
 <channel>
  <title>Harbour &amp; sea</title>
  <link>https://example.org/</link>
  <atom:link href="https://example.org/feed.xml" rel="self"/>
  <ttl>60</ttl>
  <image><title>Logo</title><url>x.png</url></image>
  <item>
   <title>Fog until noon</title>
   <link>https://example.org/fog</link>
   <guid isPermaLink="false">fog-1</guid>
   <pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate>
   <description>The &lt;b&gt;horn&lt;/b&gt; sounds.</description>
   <content:encoded><![CDATA[<p>Longer</p>]]></content:encoded>
  </item>
  <item><title>Second</title><content:encoded><![CDATA[<p>Only content</p>]]></content:encoded></item>
 </channel>
</rss>"#,
    );
    assert_eq!(parsed.title, "Harbour & sea");
    assert_eq!(parsed.ttl, Some(Duration::from_hours(1)));
    let [first, second] = parsed.items.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(first.id.as_str(), "guid:fog-1");
    assert_eq!(first.title, "Fog until noon");
    assert_eq!(first.summary, "The <b>horn</b> sounds.");
    assert_eq!(first.link.as_deref(), Some("https://example.org/fog"));
    assert_eq!(first.published, Some("2026-11-23T09:00:00Z".parse().unwrap()));
    assert_eq!(second.summary, "<p>Only content</p>");
    assert!(second.id.as_str().starts_with("text:"), "{second:?}");
}

#[test]
fn rss_1_is_read() {
    let parsed = read(
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <channel rdf:about="https://example.org/"><title>Harbour</title><items><rdf:Seq><rdf:li resource="https://example.org/1"/></rdf:Seq></items></channel>
 <item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link><dc:date>2026-11-23T10:00:00+01:00</dc:date><description>Text</description></item>
 <item rdf:about="https://example.org/2"><title>Two</title></item>
</rdf:RDF>"#,
    );
    assert_eq!(parsed.title, "Harbour");
    let [one, two] = parsed.items.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((one.title.as_str(), one.summary.as_str()), ("One", "Text"));
    assert_eq!(one.id.as_str(), "guid:https://example.org/1");
    assert_eq!(one.published, Some("2026-11-23T09:00:00Z".parse().unwrap()));
    assert_eq!(two.link.as_deref(), Some("https://example.org/2"));
}

#[test]
fn atom_is_read() {
    let parsed = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom">
 <title type="html">Harbour &amp;amp; sea</title>
 <entry>
  <id>tag:example.org,2026:1</id>
  <title>A &lt; B &amp; C</title>
  <link rel="enclosure" href="https://example.org/a.mp3"/>
  <link rel="alternate" href="fog"/>
  <updated>2026-11-24T09:00:00Z</updated>
  <published>2026-11-23T09:00:00Z</published>
  <summary type="html">&lt;p&gt;Sum&lt;/p&gt;</summary>
  <content type="html">long</content>
  <source><title>Elsewhere</title><id>x</id></source>
 </entry>
 <a:entry xmlns:a="http://www.w3.org/2005/Atom">
  <a:id>2</a:id><a:title>Two</a:title><a:updated>2026-11-24T09:00:00Z</a:updated>
  <a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>X &lt; Y</p><title>no</title></div></a:content>
 </a:entry>
</feed>"#,
    );
    assert_eq!(parsed.title, "Harbour &amp; sea");
    let [one, two] = parsed.items.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(one.title, "A &lt; B &amp; C");
    assert_eq!(one.summary, "<p>Sum</p>");
    assert_eq!(one.link.as_deref(), Some("https://example.org/blog/fog"));
    assert_eq!(one.published, Some("2026-11-23T09:00:00Z".parse().unwrap()));
    assert_eq!(two.title, "Two");
    assert!(two.summary.contains("<p>X &lt; Y</p>"), "{two:?}");
    assert_eq!(two.published, Some("2026-11-24T09:00:00Z".parse().unwrap()));
}

#[test]
fn links_are_completed_by_the_nearest_base_and_unfit_ones_are_left_out() {
    for (link, complete) in [
        ("/a?b=c&amp;d", Some("https://example.org/a?b=c&d")),
        ("a", Some("https://example.org/blog/a")),
        ("//cdn.example.net/a", Some("https://cdn.example.net/a")),
        (" https://example.org/a ", Some("https://example.org/a")),
        ("javascript:alert(1)", None),
        ("mailto:ada@example.org", None),
        ("https://user:pass@example.org/", None),
        ("http://[bad", None),
    ] {
        let item = only(&rss(&format!("<item><title>T</title><link>{link}</link></item>")));
        assert_eq!(item.link.as_deref(), complete, "{link}");
    }
    let based = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.org/x/'>\
        <entry xml:base='y/'><title>T</title><link href='z'/></entry></feed>";
    assert_eq!(only(based).link.as_deref(), Some("https://a.org/x/y/z"));
}

#[test]
fn an_item_is_known_by_what_it_has() {
    let item = |inside: &str| only(&rss(&format!("<item>{inside}</item>")));
    let id = |inside: &str| item(inside).id.as_str().to_owned();
    assert_eq!(id("<guid>7</guid><link>/a</link>"), "guid:7");
    assert_eq!(id("<guid/><link>/a</link>"), "link:https://example.org/a");
    assert!(id("<title>T</title>").starts_with("text:"));
    assert_eq!(id("<title>T</title>"), id("<title> T </title><pubDate>never</pubDate>"));
    let by_guid = item("<title>T</title><guid>https://example.org/p</guid>");
    assert_eq!(by_guid.link.as_deref(), Some("https://example.org/p"));
    let no_link = item("<title>T</title><guid isPermaLink='false'>https://example.org/p</guid>");
    assert_eq!(no_link.link, None);
}

#[test]
fn odd_feeds_are_read_as_far_as_they_say_something() {
    let item = only(&rss(
        "<item><title>Caf&#233; &eacute; AT&T &#x1F327;</title><pubDate>soon</pubDate></item>",
    ));
    assert_eq!(item.title, "Café &eacute; AT&T 🌧");
    assert_eq!(item.published, None);
    assert_eq!(only(&rss("<item><title><![CDATA[a < b]]> c</title></item>")).title, "a < b c");
    let both = read(&rss(
        "<item><guid>1</guid><title>a</title></item><item><guid>1</guid><title>b</title></item>",
    ));
    assert_eq!(both.items.len(), 2);
    assert!(read(&rss("<item></item><item/>")).items.is_empty());
    assert!(read("<rss/>").items.is_empty());
    let first = only(&rss("<item><title>a</title><title>b</title></item>"));
    assert_eq!(first.title, "a");
    let inside =
        only(&rss("<item><title>a</title><description><p>one <b>two</b></p></description></item>"));
    assert_eq!(inside.summary, "<p>one <b>two</b></p>");
    let undeclared = only(&rss(
        "<item><title>a</title><content:encoded>c</content:encoded><media:title>m</media:title></item>",
    ));
    assert_eq!((undeclared.title.as_str(), undeclared.summary.as_str()), ("a", "c"));
}

#[test]
fn ten_thousand_items_are_cut_at_a_thousand_and_counted() {
    let mut items = String::new();
    for number in 0..10_000 {
        write!(items, "<item><guid>{number}</guid><title>On {number}</title></item>").unwrap();
    }
    let parsed = read(&rss(&items));
    assert_eq!((parsed.items.len(), parsed.left_out), (ITEMS_MAX, 9_000));
    assert_eq!(parsed.items[0].id.as_str(), "guid:0");
}

#[test]
fn a_long_field_is_cut() {
    let item = only(&rss(&format!(
        "<item><title>{}</title><description>{}</description></item>",
        "é".repeat(100_000),
        "é".repeat(100_000)
    )));
    assert!(item.title.len() <= 4_000 && item.summary.len() <= 64 * 1024);
}

#[test]
fn an_xml_bomb_is_refused_where_it_stands() {
    let mut bomb = String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE rss [\n<!ENTITY a0 \"ha\">\n");
    for level in 1..=9 {
        let inner = format!("&a{};", level - 1).repeat(10);
        writeln!(bomb, "<!ENTITY a{level} \"{inner}\">").unwrap();
    }
    bomb.push_str("]>\n<rss><channel><item><title>&a9;</title></item></channel></rss>");
    let told = trouble(&bomb);
    assert!(told.starts_with("line 2: a document type is declared"), "{told}");
    for start in [
        "<!DOCTYPE rss SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE rss PUBLIC \"-//Netscape//DTD RSS 0.91//EN\" \"http://my.netscape.com/rss.dtd\">",
        "<!DOCTYPE rss [<!ENTITY % p SYSTEM \"http://a.org/x\"> %p;]>",
    ] {
        assert!(trouble(&format!("{start}<rss/>")).contains("document type"), "{start}");
    }
    let unknown = only(&rss("<item><title>&a9;</title></item>"));
    assert_eq!(unknown.title, "&a9;");
}

#[test]
fn a_mistake_is_told_with_its_line() {
    for (document, told) in [
        ("<rss>\n<channel>\n<item>", "line 3: the feed ends inside of `<item>`"),
        ("<rss>\n<channel>\n</rss>", "line 3: "),
        ("<rss>\n<a b=\"c", "line 2: "),
        ("<rss>\n</rss>\n<rss/>", "line 3: a second document follows"),
        ("<rss/>\nmore", "line 1: text stands outside"),
        ("\n\n<rss><![CDATA[", "line 3: "),
    ] {
        let trouble = trouble(document);
        assert!(trouble.starts_with(told), "{document}: {trouble}");
    }
}

#[test]
fn what_is_nested_or_declared_without_end_meets_a_bound() {
    let deep = rss(&format!("<item><title>{}", "<a>".repeat(100_000)));
    assert!(trouble(&deep).contains("over 100 deep"));
    let spaces: String = (0..100_000).fold(String::new(), |mut spaces, number| {
        write!(spaces, " xmlns:p{number}='u'").unwrap();
        spaces
    });
    assert!(trouble(&format!("<rss{spaces}/>")).contains("namespaces"));
    let attributes: String = (0..100_000).fold(String::new(), |mut attributes, number| {
        write!(attributes, " a{number}='u'").unwrap();
        attributes
    });
    assert!(read(&format!("<rss{attributes}/>")).items.is_empty());
}

/// A fifth of the largest feed that is fetched; quadratic work would take minutes here.
#[test]
fn a_hostile_feed_is_read_once() {
    const BYTES: usize = 1024 * 1024;
    for part in [
        "<item/>",
        "<item><title>a</title></item>",
        "<a b='c'/>",
        "<a xmlns:b='c'/>",
        "<item xml:base='a/'><link>b</link></item>",
        "&amp;",
        "&#65;",
        "&",
        "<![CDATA[a]]>",
        "<!---->",
        "<?a?>",
    ] {
        let parsed = parse(&rss(&part.repeat(BYTES / part.len())), &base());
        assert!(parsed.is_ok_and(|parsed| parsed.items.len() <= ITEMS_MAX), "{part}");
    }
}

#[test]
fn a_feed_that_is_cut_or_damaged_anywhere_is_told_or_read() {
    let whole = "<?xml version='1.0'?><rss xmlns:é='u'><channel><title>雨</title><ttl>5</ttl>\
        <item><guid isPermaLink=\"false\">é</guid><title>a &amp; <b>雨</b>&#233;</title>\
        <link>/雨</link><description><![CDATA[<p>é]]></description></item></channel></rss>";
    let mut read = 0;
    for (at, character) in whole.char_indices() {
        let (before, behind) = (&whole[..at], &whole[at + character.len_utf8()..]);
        for damage in ["", "<", ">", "&", "\"", "雨", "\0", "]]>", "<!--", "</"] {
            let damaged = format!("{before}{damage}{behind}");
            read += usize::from(parse(&damaged, &base()).is_ok());
        }
        let cut = parse(before, &base()).expect_err("a part is no feed").to_string();
        assert!(!cut.is_empty());
    }
    assert!(read > 0, "damage inside of words is read over");
}

#[test]
fn another_kind_of_xml_is_named() {
    for (document, name) in [
        ("<opml/>", "`<opml>`"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "`<urlset>`"),
        ("<feed/>", "`<feed>`"),
        ("<?xml version='1.0'?>", "without an element"),
    ] {
        let trouble = trouble(document);
        assert!(trouble.contains(name) && trouble.contains("not a feed"), "{trouble}");
    }
}
