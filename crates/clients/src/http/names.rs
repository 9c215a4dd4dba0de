//! From a name to the addresses that are connected to. A name is resolved once for each connection,
//! every address is looked at, and exactly those are handed on: between the look and the connection
//! nobody is asked again, so a name that changes its mind gains nothing.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use domain::model::{FeedReach, is_within_reach};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// More addresses of one name are not tried.
const ADDRESSES_MAX: usize = 16;

/// A name with an address that nothing may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name `{name}` leads to {address}, which is not on the public internet")]
pub(crate) struct NotAllowed {
    pub(crate) name: String,
    pub(crate) address: IpAddr,
}

/// Names of one client that are looked up at the same time. Each takes a thread until the system gives up,
/// which nothing can end sooner; the same threads read the database.
const LOOKUPS_MAX: usize = 4;

/// Names, as the system resolves them.
#[derive(Debug)]
pub(crate) struct SystemNames(Arc<Semaphore>);

impl Default for SystemNames {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS_MAX)))
    }
}

/// Names that lead nowhere but where `reach` allows.
pub(crate) struct CheckedNames {
    names: Arc<dyn Resolve>,
    reach: FeedReach,
}

impl CheckedNames {
    /// Checks what `names` says.
    pub(crate) fn new(names: Arc<dyn Resolve>, reach: FeedReach) -> Self {
        Self { names, reach }
    }
}

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        let turns = self.0.clone();
        Box::pin(async move {
            let turn = turns.acquire_owned().await?;
            // Who waits no longer does not end the lookup, so its turn goes with it.
            let look = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(turn);
                found
            };
            Ok(Box::new(spawn_blocking(look).await??) as Addrs)
        })
    }
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (text, reach) = (name.as_str().to_owned(), self.reach);
        let resolving = self.names.resolve(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.take(ADDRESSES_MAX).collect();
            // One bad address among good ones is no accident.
            match found.iter().map(SocketAddr::ip).find(|address| !is_within_reach(*address, reach))
            {
                Some(address) => Err(NotAllowed { name: text, address }.into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;
    use std::sync::Mutex;

    use super::*;

    /// Says one list after the other, whatever is asked.
    struct Changing(Mutex<Vec<Vec<&'static str>>>);

    impl Resolve for Changing {
        fn resolve(&self, _: Name) -> Resolving {
            let next = self.0.lock().unwrap().remove(0);
            let socket = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
            let found: Vec<SocketAddr> = next.into_iter().map(socket).collect();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
        }
    }

    async fn resolve(names: &CheckedNames) -> Result<Vec<String>, String> {
        let found = names.resolve(Name::from_str("feeds.example.org").unwrap()).await;
        found
            .map(|found| found.map(|address| address.ip().to_string()).collect())
            .map_err(|error| error.to_string())
    }

    fn checked(answers: Vec<Vec<&'static str>>, reach: FeedReach) -> CheckedNames {
        CheckedNames::new(Arc::new(Changing(Mutex::new(answers))), reach)
    }

    #[tokio::test]
    async fn exactly_the_checked_addresses_are_connected_to() {
        let answers = vec![vec!["93.184.216.34", "2606:4700::1111"], vec!["127.0.0.1"]];
        let names = checked(answers, FeedReach::Https);
        assert_eq!(
            resolve(&names).await,
            Ok(vec!["93.184.216.34".to_owned(), "2606:4700::1111".to_owned()])
        );
        let refused = resolve(&names).await.expect_err("the second answer is this machine");
        assert!(refused.contains("`feeds.example.org` leads to 127.0.0.1"), "{refused}");
    }

    #[tokio::test]
    async fn one_internal_address_among_others_refuses_the_name() {
        for internal in
            ["10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1"]
        {
            let names = checked(vec![vec!["93.184.216.34", internal]], FeedReach::Http);
            assert!(resolve(&names).await.is_err(), "{internal}");
        }
    }

    #[tokio::test]
    async fn what_an_operator_allows_opens_networks_and_never_what_clouds_keep_there() {
        for (address, is_open) in [
            ("192.168.1.9", true),
            ("127.0.0.1", true),
            ("fd12::1", true),
            ("::ffff:10.0.0.9", true),
            ("93.184.216.34", true),
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("100.100.100.200", false),
            ("fd00:ec2::254", false),
            ("168.63.129.16", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("64:ff9b::a9fe:a9fe", false),
        ] {
            let names = checked(vec![vec![address]], FeedReach::Private);
            assert_eq!(resolve(&names).await.is_ok(), is_open, "{address}");
        }
    }

    #[tokio::test]
    async fn the_switch_for_tests_opens_this_machine_only() {
        let answers = vec![vec!["127.0.0.1", "::1"], vec!["10.0.0.1"]];
        let names = checked(answers, FeedReach::Loopback);
        assert!(resolve(&names).await.is_ok());
        assert!(resolve(&names).await.is_err());
    }
}
