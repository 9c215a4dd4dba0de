//! What systemd is told, by `sd_notify(3)`: that the node serves, that its engine turns, that it ends.
//!
//! The engine's rounds tell it, and no timer: a node whose engine hangs falls silent and is started
//! anew. The protocol is a line in a datagram, so no crate is needed for it.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::ports::Clock;
use engine::Pulse;
use tokio_util::sync::CancellationToken;

use crate::config::Environment;
use crate::wire::spawn;

/// It is told so many times in the time after which it gives up.
const TIMES: u32 = 4;

/// Whoever started this process and wants to hear of it.
pub struct Supervisor {
    socket: UnixDatagram,
    address: SocketAddr,
    /// How often it wants to hear that the engine turns; `None` where it never asks.
    every: Option<Duration>,
}

impl Supervisor {
    /// The one that the environment names. Nobody is there to be told of one that cannot be reached.
    pub fn of(environment: &Environment) -> Option<Self> {
        let name = environment.find("NOTIFY_SOCKET")?;
        match Self::open(name, watchdog(environment)) {
            Ok(supervisor) => Some(supervisor),
            Err(error) => {
                tracing::warn!("NOTIFY_SOCKET names nobody who can be told anything: {error}");
                None
            }
        }
    }

    fn open(name: &str, watchdog: Option<Duration>) -> std::io::Result<Self> {
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        // The engine does not wait for anybody who does not listen.
        socket.set_nonblocking(true)?;
        Ok(Self { socket, address, every: watchdog.map(|time| time / TIMES) })
    }

    /// Tells it of the stop when that comes; what is returned tells it of the rounds before.
    pub fn attend(self, clock: Arc<dyn Clock>, stop: CancellationToken) -> Pulse {
        let supervisor = Arc::new(self);
        let told_at = Mutex::new(None);
        let at_the_end = Arc::clone(&supervisor);
        spawn(async move {
            stop.cancelled().await;
            at_the_end.tell("STOPPING=1");
        });
        Box::new(move || {
            let mut told_at = told_at.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock.monotonic();
            let word = match (*told_at, supervisor.every) {
                (None, _) => "READY=1",
                (Some(at), Some(every)) if now.saturating_sub(at) >= every => "WATCHDOG=1",
                (Some(_), _) => return,
            };
            supervisor.tell(word);
            *told_at = Some(now);
        })
    }

    fn tell(&self, word: &str) {
        if let Err(error) = self.socket.send_to_addr(word.as_bytes(), &self.address) {
            tracing::debug!("The supervisor could not be told {word}: {error}");
        }
    }
}

/// After how long without a word it gives up; a number that is meant for another process is not ours.
fn watchdog(environment: &Environment) -> Option<Duration> {
    let of_whom = environment.find("WATCHDOG_PID");
    if of_whom.is_some_and(|pid| pid != std::process::id().to_string()) {
        return None;
    }
    let micros = environment.find("WATCHDOG_USEC")?.parse().ok().filter(|micros| *micros > 0)?;
    Some(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use testkit::TestClock;

    use super::*;

    fn heard(socket: &UnixDatagram) -> Option<String> {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }

    fn of(variables: &[(&str, &str)]) -> Option<Supervisor> {
        Supervisor::of(&variables.iter().copied().collect())
    }

    fn listening(address: &SocketAddr) -> UnixDatagram {
        let socket = UnixDatagram::bind_addr(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    }

    #[tokio::test]
    async fn it_hears_of_the_first_round_of_others_now_and_then_and_of_the_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = listening(&SocketAddr::from_pathname(&path).unwrap());
        let clock = Arc::new(TestClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
        let stop = CancellationToken::new();
        let name = path.to_str().unwrap();
        let supervisor = of(&[("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "120000000")]).unwrap();
        let pulse = supervisor.attend(clock.clone(), stop.clone());
        assert_eq!(heard(&socket), None, "nothing turns yet");
        pulse();
        assert_eq!(heard(&socket).as_deref(), Some("READY=1"));
        clock.advance(SignedDuration::from_secs(29));
        pulse();
        assert_eq!(heard(&socket), None, "too soon to say it again");
        clock.advance(SignedDuration::from_secs(1));
        pulse();
        pulse();
        assert_eq!(heard(&socket).as_deref(), Some("WATCHDOG=1"));
        assert_eq!(heard(&socket), None);
        stop.cancel();
        tokio::task::yield_now().await;
        assert_eq!(heard(&socket).as_deref(), Some("STOPPING=1"));
    }

    #[tokio::test]
    async fn one_without_a_watchdog_hears_only_that_it_is_ready() {
        let name = format!("flockwork-{}", std::process::id());
        let socket = listening(&SocketAddr::from_abstract_name(&name).unwrap());
        let clock = Arc::new(TestClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
        let (name, other) = (format!("@{name}"), [("WATCHDOG_USEC", "1"), ("WATCHDOG_PID", "1")]);
        let supervisor = of(&[("NOTIFY_SOCKET", name.as_str()), other[0], other[1]]).unwrap();
        let pulse = supervisor.attend(clock.clone(), CancellationToken::new());
        for _ in 0..3 {
            pulse();
            clock.advance(SignedDuration::from_hours(1));
        }
        assert_eq!(heard(&socket).as_deref(), Some("READY=1"));
        assert_eq!(heard(&socket), None, "the watchdog is another process's");
    }

    #[test]
    fn who_is_not_there_is_not_told() {
        assert!(of(&[]).is_none());
        assert!(of(&[("NOTIFY_SOCKET", &"x".repeat(200))]).is_none());
    }
}
