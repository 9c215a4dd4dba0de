//! A house with a real database, a clock that moves when told, and browsers that visit it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use domain::model::access::{LinkFor, Role};
use domain::model::{ApprovalMode, Bot, BotId, Consent, PostId, PostState, Secret};
use domain::ports::people::PeopleStore as _;
use domain::ports::store::{BotStore as _, NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::ports::{Clock as _, Declarer, Node, Sandbox, Vitals};
use domain::rules::review::content_hash;
use flockwork::{Environment, Loaded};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use sandbox::{SandboxStage, World};
use store::Db;
use store::seal::{Keyring, SealKey};
use testkit::{TestClock, at};
use tower::ServiceExt as _;
use web::{Doors, WebBounds, WebSettings, WebState, new_link, router};

/// What everybody here has for a password.
pub const PASSWORD: &str = "gulls-walk-instead-of-flying";
/// `FLOCKWORK_API_TOKEN` of the house.
pub const ENVIRONMENT_TOKEN: &str = "canary-environment-token-0123456789";

/// A node at which nothing happens.
struct StillNode;

impl Node for StillNode {
    fn vitals(&self) -> Vitals {
        Vitals::default()
    }

    fn wake(&self) {}
}

/// A house.
pub struct House {
    pub db: Db,
    pub clock: TestClock,
    pub declarer: Arc<dyn Declarer>,
    router: Router,
    folder: Arc<tempfile::TempDir>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }

    /// The `code` of a problem.
    pub fn code(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        json["code"].as_str().unwrap_or_default().to_owned()
    }

    /// What stands between the quotes after `before`.
    pub fn after(&self, before: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(before)?;
        rest.split_once(['"', '<']).map(|(value, _)| value.to_owned())
    }
}

impl House {
    /// On this machine, with nobody in it.
    pub async fn new() -> Self {
        Self::with(Doors::Local).await
    }

    /// With such doors.
    pub async fn with(doors: Doors) -> Self {
        Self::furnished(doors, None, Keyring::default()).await
    }

    /// With a master key.
    pub async fn sealing() -> Self {
        let ring = Keyring::of(SealKey::make().unwrap());
        Self::furnished(Doors::Local, None, ring).await
    }

    /// With a sandbox in the place of X, and its pages.
    pub async fn on(world: &Arc<World>) -> Self {
        let stage = Arc::new(SandboxStage::new(Arc::clone(world)));
        Self::furnished(Doors::Local, Some(stage), Keyring::default()).await
    }

    async fn furnished(doors: Doors, sandbox: Option<Arc<dyn Sandbox>>, ring: Keyring) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("house.db");
        let db = Db::open(&path.to_string_lossy(), store::Role::Node).await.unwrap();
        let db = db.with_keys(ring);
        let asks = Bot { mode: ApprovalMode::Approval, ..testkit::bot("bob") };
        let bots = [testkit::bot("ada"), asks];
        db.sync_bots(&bots, &[], at("2026-11-23T14:00:00Z")).await.unwrap();
        let clock = TestClock::at(at("2026-11-23T14:02:31Z"));
        let loaded = Loaded::read(&Environment::default(), None, clock.now());
        let declarer: Arc<dyn Declarer> = Arc::new(loaded.config().dashboard.clone());
        let folder = Arc::new(folder);
        let house = Self { db, clock, declarer, router: Router::new(), folder };
        house.node(doors, sandbox)
    }

    /// Another node on the same database.
    pub fn beside(&self) -> Self {
        self.node(Doors::Local, None)
    }

    fn node(&self, doors: Doors, sandbox: Option<Arc<dyn Sandbox>>) -> Self {
        let Self { db, clock, declarer, folder, .. } = self;
        let settings = WebSettings {
            version: "0.1.0".to_owned(),
            started_at: at("2026-11-23T14:02:00Z"),
            api_rate_limit: NonZeroU32::new(100_000).unwrap(),
            api_token: Some(Secret::new(ENVIRONMENT_TOKEN)),
            notes: Vec::new(),
            is_behind_proxy: false,
            doors,
            allowed_hosts: WebSettings::LOOPBACK_HOSTS.map(str::to_owned).to_vec(),
            bounds: WebBounds::default(),
        };
        let router = router(WebState {
            store: Arc::new(db.clone()),
            people: Arc::new(db.clone()),
            alerts: Arc::new(db.clone()),
            told: Vec::new(),
            clock: Arc::new(clock.clone()),
            node: Arc::new(StillNode),
            sandbox,
            metrics: prometheus_client::registry::Registry::default(),
            declarer: declarer.clone(),
            settings,
        });
        Self {
            db: db.clone(),
            clock: clock.clone(),
            declarer: declarer.clone(),
            router,
            folder: folder.clone(),
        }
    }

    /// A browser at that address that was never here.
    pub fn browser(&self, address: [u8; 4]) -> Browser<'_> {
        Browser { house: self, cookies: Mutex::default(), address }
    }

    /// A link for somebody, as the command line or a page makes it.
    pub async fn link(&self, role: Role) -> String {
        let now = self.now();
        let (link, secret) = new_link(LinkFor::Join, role, None, ("a test", now));
        self.db.add_link(&link, now).await.unwrap();
        format!("/welcome/{secret}")
    }

    /// A browser in which somebody of that role is logged in.
    pub async fn visitor(&self, name: &str, role: Role) -> Browser<'_> {
        let link = self.link(role).await;
        let browser = self.browser([192, 0, 2, 7]);
        let fields = [("name", name), ("password", PASSWORD), ("again", PASSWORD)];
        let reply = browser.post(&link, &fields).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        browser
    }

    /// A post of that bot, as it is stored.
    pub async fn post(&self, bot: &str, text: &str) -> StoredPost {
        let post = NewPost {
            bot: BotId::try_from(bot).unwrap(),
            content: text.to_owned(),
            content_hash: content_hash(text),
            topic: Some("weather".to_owned()),
            origin: PostOrigin::Imported,
            consent: Consent::ByMode,
        };
        self.db.store_posts(&[post], self.now()).await.unwrap().remove(0)
    }

    /// What a post is, and its text.
    pub async fn state_of(&self, post: PostId) -> (PostState, String) {
        let post = self.db.find_post(post).await.unwrap().unwrap();
        (post.state, post.content)
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Time passes.
    pub fn wait(&self, length: SignedDuration) {
        self.clock.advance(length);
    }

    /// Every line of the audit log, as `actor action object`.
    pub async fn acts(&self) -> Vec<String> {
        let lines = self.db.list_acts(0, 1_000).await.unwrap();
        lines.iter().map(|one| format!("{} {} {}", one.actor, one.action, one.object)).collect()
    }

    /// A request as it stands.
    pub async fn send(&self, mut request: Request<Body>, address: [u8; 4]) -> Reply {
        request.headers_mut().entry("host").or_insert("localhost:3000".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4711))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// A program with a token.
    pub async fn with_token(&self, token: &str, method: &str, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request, [127, 0, 0, 1]).await
    }
}

/// What a browser keeps and sends by itself.
pub struct Browser<'a> {
    house: &'a House,
    cookies: Mutex<BTreeMap<String, String>>,
    address: [u8; 4],
}

impl Browser<'_> {
    /// A page.
    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::builder().uri(path).header("accept", "text/html");
        self.send(request, "").await
    }

    /// A form of one of our pages, with the word of the session where there is one.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let word = self.word().await.unwrap_or_default();
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("csrf", word.as_str())]).collect();
        self.post_as_it_is(path, &fields, "http://localhost:3000").await
    }

    /// A form of some page.
    pub async fn post_as_it_is(&self, path: &str, fields: &[(&str, &str)], origin: &str) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("accept", "text/html")
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, &body).await
    }

    /// The word that forms of this session carry.
    pub async fn word(&self) -> Option<String> {
        self.get("/settings").await.after("name=\"csrf\" value=\"")
    }

    /// Logs in.
    pub async fn log_in(&self, name: &str, password: &str, code: &str) -> Reply {
        self.post("/login", &[("name", name), ("password", password), ("code", code)]).await
    }

    /// What it keeps under this name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The same browser, sent to another node.
    pub fn at<'a>(&self, house: &'a House) -> Browser<'a> {
        let cookies = Mutex::new(self.cookies.lock().unwrap().clone());
        Browser { house, cookies, address: self.address }
    }

    /// Forgets or plants a cookie.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.lock().unwrap();
        match value {
            Some(value) => cookies.insert(name.to_owned(), value.to_owned()),
            None => cookies.remove(name),
        };
    }

    /// A request with what it keeps.
    pub async fn send(&self, request: axum::http::request::Builder, body: &str) -> Reply {
        let cookies: Vec<String> = {
            let cookies = self.cookies.lock().unwrap();
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        if !cookies.is_empty() {
            request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        }
        let reply = self.house.send(request, self.address).await;
        for set in reply.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.set_cookie(name, Some(value).filter(|_| !set.contains("Max-Age=0")));
        }
        reply
    }
}
