//! How often a client may ask (`API_RATE_LIMIT`).

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ports::Clock;
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::problem::Problem;
use crate::state::Shared;

/// Clients remembered at most; about 100 bytes each.
const CLIENTS_MAX: usize = 10_000;

/// A client, as far as counting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Client {
    /// One address.
    V4(u32),
    /// A network: whoever has IPv6 has at least a /64 of it.
    V6(u64),
    /// All that come while [`CLIENTS_MAX`] others are remembered share one count.
    Rest,
}

/// The network of an address, as the limits count it: whoever has IPv6 has at least a /64 of it.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(Client::of) {
        Ok(Client::V6(prefix)) => format!("{prefix:016x}/64"),
        Ok(Client::V4(_) | Client::Rest) | Err(_) => address.to_owned(),
    }
}

impl Client {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.to_bits()),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments().map(u64::from);
                Self::V6(a << 48 | b << 32 | c << 16 | d)
            }
        }
    }
}

/// The monotonic clock of the node, so that tests can move it.
#[derive(Clone)]
struct PortClock(Arc<dyn Clock>);

impl governor::clock::Clock for PortClock {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

type Counts = RateLimiter<Client, HashMapStateStore<Client>, PortClock, StateInformationMiddleware>;

/// Counts requests per client.
pub(crate) struct Limiter {
    counts: Counts,
    clock: PortClock,
    per_minute: NonZeroU32,
    swept_at_secs: AtomicU64,
}

/// What a client may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    remaining: u32,
    /// Until everything is allowed again.
    reset_secs: u64,
    /// Zero where the request may pass.
    retry_secs: u64,
}

impl Limiter {
    pub(crate) fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let clock = PortClock(clock);
        let counts = RateLimiter::hashmap_with_clock(Quota::per_minute(per_minute), clock.clone())
            .with_middleware();
        Self { counts, clock, per_minute, swept_at_secs: AtomicU64::new(0) }
    }

    /// Counts one request from `address` where `nodes` share the work: each allows its part, so that
    /// all together allow no more than one alone, and none needs to know what the others counted.
    fn count(&self, address: IpAddr, nodes: u32) -> Allowance {
        let cost = NonZeroU32::new(nodes).unwrap_or(NonZeroU32::MIN).min(self.per_minute);
        let client = if self.has_room() { Client::of(address) } else { Client::Rest };
        let minute = u64::from(self.per_minute.get());
        let refilled_in = |missing: u32| (u64::from(missing) * 60).div_ceil(minute);
        match self.counts.check_key_n(&client, cost).expect("a request costs no more than a minute")
        {
            Ok(snapshot) => {
                let remaining = snapshot.remaining_burst_capacity();
                let reset_secs = refilled_in(self.per_minute.get().saturating_sub(remaining));
                Allowance { remaining, reset_secs, retry_secs: 0 }
            }
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.clock.now());
                let retry_secs = wait.as_millis().div_ceil(1000).max(1);
                Allowance {
                    remaining: 0,
                    reset_secs: refilled_in(self.per_minute.get()),
                    retry_secs: u64::try_from(retry_secs).unwrap_or(60),
                }
            }
        }
    }

    /// Whether another client can be remembered. Full, it forgets those that have their whole
    /// allowance back, at most once a second, because that walks over all of them.
    fn has_room(&self) -> bool {
        if self.counts.len() < CLIENTS_MAX {
            return true;
        }
        let now = self.clock.now().as_secs();
        if self.swept_at_secs.swap(now, Ordering::Relaxed) != now {
            self.counts.retain_recent();
        }
        self.counts.len() < CLIENTS_MAX
    }
}

/// Lets a request pass, or answers 429; tells the client where it stands either way.
pub(crate) async fn limit_rate(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.0.ip());
    let limiter = &shared.limiter;
    let allowance = limiter.count(address, shared.node.vitals().nodes);
    let mut response = if allowance.retry_secs == 0 {
        next.run(request).await
    } else {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            format!(
                "More than {} requests in a minute. Come back in {} s; API_RATE_LIMIT raises it.",
                limiter.per_minute, allowance.retry_secs
            ),
        )
        .retry_after(allowance.retry_secs)
        .into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("ratelimit-limit", u64::from(limiter.per_minute.get())),
        ("ratelimit-remaining", u64::from(allowance.remaining)),
        ("ratelimit-reset", allowance.reset_secs),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use testkit::{TestClock, at};

    use super::*;

    fn limiter(per_minute: u32) -> (Limiter, TestClock) {
        let clock = TestClock::at(at("2026-11-23T09:00:00Z"));
        let limit = NonZeroU32::new(per_minute).unwrap();
        (Limiter::new(limit, Arc::new(clock.clone())), clock)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_gets_its_minute_and_then_waits() {
        let (limiter, clock) = limiter(3);
        let ada = ip("10.0.0.1");
        let seen: Vec<_> = (0..4).map(|_| limiter.count(ada, 1)).collect();
        assert_eq!(seen.iter().map(|a| a.remaining).collect::<Vec<_>>(), [2, 1, 0, 0]);
        assert_eq!(seen.iter().map(|a| a.retry_secs).collect::<Vec<_>>(), [0, 0, 0, 20]);
        assert_eq!(seen[0].reset_secs, 20);
        assert_eq!(limiter.count(ip("10.0.0.2"), 1).retry_secs, 0, "others are not held up");
        clock.advance(SignedDuration::from_secs(20));
        assert_eq!(limiter.count(ada, 1).retry_secs, 0);
        assert_eq!(limiter.count(ada, 1).retry_secs, 20);
    }

    #[test]
    fn nodes_together_allow_what_one_alone_would() {
        let ada = ip("10.0.0.1");
        for (nodes, passed) in [(0, 12), (1, 12), (3, 4), (40, 1)] {
            let (limiter, _) = limiter(12);
            let passes = (0..20).filter(|_| limiter.count(ada, nodes).retry_secs == 0).count();
            assert_eq!(passes, passed, "{nodes} nodes");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_mapped_address_is_its_ipv4() {
        assert_eq!(Client::of(ip("2001:db8:1:2::1")), Client::of(ip("2001:db8:1:2:ffff::9")));
        assert_ne!(Client::of(ip("2001:db8:1:2::1")), Client::of(ip("2001:db8:1:3::1")));
        assert_eq!(Client::of(ip("::ffff:10.0.0.1")), Client::of(ip("10.0.0.1")));
        assert_ne!(Client::of(ip("::1")), Client::of(ip("0.0.0.1")));
    }

    #[test]
    fn memory_is_bounded_and_comes_back() {
        let (limiter, clock) = limiter(60);
        for n in 0..CLIENTS_MAX + 500 {
            limiter.count(IpAddr::from(u32::try_from(n).unwrap().to_be_bytes()), 1);
        }
        assert!(limiter.counts.len() <= CLIENTS_MAX + 1);
        let newcomer = ip("192.0.2.1");
        assert!(limiter.count(newcomer, 1).retry_secs > 0, "newcomers share what is left");
        clock.advance(SignedDuration::from_mins(2));
        assert_eq!(limiter.count(newcomer, 1).retry_secs, 0);
        assert!(limiter.counts.len() < 10);
    }
}
