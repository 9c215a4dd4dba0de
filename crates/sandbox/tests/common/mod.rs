//! A sandbox on a socket of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use domain::ports::Clock;
use jiff::Timestamp;
use sandbox::{SandboxSettings, World};
use tokio::net::TcpListener;

/// Independent clients sign with the wall clock, so the world must follow it.
struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "the client under test reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).expect("a year before 10000")
    }

    fn monotonic(&self) -> Duration {
        let now = self.now().as_millisecond();
        Duration::from_millis(u64::try_from(now).expect("a time after 1970"))
    }
}

/// A running sandbox; it ends with the test's runtime.
pub(crate) struct Sandbox {
    pub(crate) world: Arc<World>,
    pub(crate) address: SocketAddr,
}

#[expect(clippy::disallowed_methods, reason = "the test's runtime owns the server and ends it")]
pub(crate) async fn start(settings: &SandboxSettings) -> Sandbox {
    let world = World::open(Arc::new(WallClock), settings).expect("no file is opened");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    tokio::spawn(sandbox::http::serve(listener, Arc::clone(&world), std::future::pending()));
    Sandbox { world, address }
}
