//! Templates that are read or refused, and posts that fit.

use proptest::prelude::*;

use super::*;
use crate::model::ItemId;

fn item(title: &str, summary: &str, link: Option<&str>) -> FeedItem {
    FeedItem {
        id: ItemId::of(Some("1"), None, "", ""),
        title: title.to_owned(),
        summary: summary.to_owned(),
        link: link.map(str::to_owned),
        published: None,
    }
}

fn render(template: &str, item: &FeedItem, max_length: u32) -> Result<String, RenderError> {
    Template::parse(template).expect(template).render(item, max_length)
}

const LINK: Option<&str> = Some("https://example.org/a/very/long/path/to/an/article-of-today");

#[test]
fn an_item_fills_the_template() {
    let item = item("Fog &amp; <b>rain</b>", "<p>All\nday.</p>", LINK);
    for (template, post) in [
        ("{title}", "Fog & rain"),
        (
            "New: {title} – {summary} {link}",
            &format!("New: Fog & rain – All day. {}", LINK.unwrap()),
        ),
        ("{ title }\n\n{link}", &format!("Fog & rain\n\n{}", LINK.unwrap())),
        ("}{title}", "}Fog & rain"),
    ] {
        assert_eq!(render(template, &item, 280).as_deref(), Ok(post), "{template}");
    }
}

#[test]
fn a_mistake_in_a_template_is_told_with_what_is_allowed() {
    for (template, message) in [
        ("{titel}", "`{titel}` is not known; {title}, {summary} and {link} are"),
        ("{}", "`{}` is not known; {title}, {summary} and {link} are"),
        (
            "ab {title",
            "a `{` at character 4 is not closed; {title}, {summary} and {link} may stand",
        ),
        ("News!", "it shows nothing of an item; use {title}, {summary} or {link}"),
    ] {
        assert_eq!(Template::parse(template).expect_err(template).to_string(), message);
    }
    assert_eq!(Template::parse(&"{title}".repeat(100)), Err(TemplateError::TooLong));
}

#[test]
fn the_summary_gives_way_first_and_the_link_stays_whole() {
    let item = item("A short title", &"many words of a summary ".repeat(40), LINK);
    let post = render("{title}: {summary} {link}", &item, 280).unwrap();
    assert!(post.starts_with("A short title: many words"), "{post}");
    assert!(post.ends_with(&format!("… {}", LINK.unwrap())), "{post}");
    assert!((270..=280).contains(&weighted_length(&post)), "{}", weighted_length(&post));
    let post = render("{title}: {summary} {link}", &item, 45).unwrap();
    assert_eq!(post, format!("A short title: many… {}", LINK.unwrap()));
    let post = render("{title} {summary} {link}", &item, 33).unwrap();
    assert_eq!(post, format!("A short… {}", LINK.unwrap()));
}

#[test]
fn what_cannot_be_told_is_no_post() {
    let full = item("Title", "Summary", LINK);
    assert!(matches!(render("{title} {link}", &full, 20), Err(RenderError::TooLong { .. })));
    assert_eq!(render("{link} {title}", &item("T", "", None), 280), Err(RenderError::NoLink));
    assert_eq!(
        render("{title} {link}", &item("<p hidden>T</p>", "S", LINK), 280),
        Err(RenderError::NoWords)
    );
    assert_eq!(render("{title}", &item("T", "", None), 280).as_deref(), Ok("T"));
}

proptest! {
    #[test]
    fn a_post_never_weighs_more_than_it_may(
        title in prop_oneof!["\\PC{0,200}", "[a-z.雨👍 ]{0,300}"],
        summary in prop_oneof!["\\PC{0,400}", "[a-z.雨👍 ]{0,600}"],
        max_length in 1_u32..=280,
    ) {
        let template = "{title}: {summary} {link}";
        if let Ok(post) = render(template, &item(&title, &summary, LINK), max_length) {
            prop_assert!(weighted_length(&post) <= max_length, "{}", post);
            prop_assert!(post.contains(LINK.unwrap()));
        }
    }
}
