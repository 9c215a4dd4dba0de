//! The field of the header.

use domain::model::access::Role;
use domain::ports::store::StoredPost;

use crate::house::House;

#[tokio::test]
async fn bots_posts_pages_and_deeds_are_found() {
    let house = House::new().await;
    let StoredPost::Queued(post) = house.post("ada", "Fog since four.").await else {
        panic!("it is queued")
    };
    let eve = house.visitor("eve", Role::Owner).await;
    let number = format!("/find?q=%23{}", post.0);
    for (path, href) in [
        ("/find?q=AD", "/queue?bot=ada"),
        ("/find?q=ada", "/queue?bot=ada"),
        ("/find?q=appr", "/approvals"),
        ("/find?q=stop", "/attention#stop"),
        ("/find?q=token", "/settings/tokens"),
        ("/find", "/settings/log"),
        (&number, &format!("/posts/{}", post.0)),
    ] {
        let page = eve.get(path).await.body;
        assert!(page.contains(&format!("href=\"{href}\"")), "{path}: {page}");
    }
    let nothing = eve.get("/find?q=%3Cb%3Enobody").await.body;
    assert!(nothing.contains("Nothing is called so") && !nothing.contains("<b>nobody"));
    let vic = house.visitor("vic", Role::Viewer).await;
    assert!(!vic.get("/find").await.body.contains("/settings/tokens"));
}
