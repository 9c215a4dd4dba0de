//! Mail. The server's name is resolved and looked at here, and the connection goes to the address that was
//! looked at: the crate that speaks SMTP resolves nothing.

use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

use domain::model::{FeedReach, is_within_reach};
use domain::rules::alerts::courier::NotDelivered;
use domain::rules::alerts::message::Message;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use reqwest::dns::{Name, Resolve as _};

use super::target::{MailEncryption, MailServer};
use crate::http::CheckedNames;
use crate::redact::printable;

/// To connect. Whoever asks bounds the rest of the conversation, because the crate that speaks SMTP waits
/// without an end for a server that falls silent.
const CONNECTING: Duration = Duration::from_secs(15);

/// Whether a text is a mail address, with or without a name before it.
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// An authority of one's own, which signs the certificate of a mail server.
#[derive(Clone)]
pub struct MailAuthority(Certificate);

impl MailAuthority {
    /// What a file of certificates (PEM) says; `None` where there is no certificate in it that can be used.
    pub fn parse(pem: &str) -> Option<Self> {
        if !pem.contains("BEGIN CERTIFICATE") {
            return None;
        }
        let authority = Self(Certificate::from_pem(pem.as_bytes()).ok()?);
        trusting(Some(&authority), "localhost").ok()?;
        Some(authority)
    }
}

/// How a server of that name is believed: by its authority alone where it has one of its own.
fn trusting(
    authority: Option<&MailAuthority>,
    host: &str,
) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let builder = TlsParameters::builder(host.to_owned());
    match authority {
        None => builder.certificate_store(CertificateStore::WebpkiRoots).build(),
        Some(MailAuthority(certificate)) => builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(certificate.clone())
            .build(),
    }
}

/// A server, and how far it may be.
pub(super) struct Post<'a> {
    pub(super) server: &'a MailServer,
    pub(super) names: &'a CheckedNames,
    pub(super) reach: FeedReach,
}

impl Post<'_> {
    /// Sends a message once. `key` makes its id, so that a mailbox can tell that it has it.
    pub(super) async fn send(
        &self,
        message: &Message,
        key: &str,
        now: Timestamp,
    ) -> Result<(), NotDelivered> {
        let letter = self.letter(message, key, now)?;
        let address = self.address().await?;
        let transport = self.transport(address)?;
        transport.send(letter).await.map(|_| ()).map_err(|error| self.failed(&error))
    }

    /// Whether the server lets us in; nothing is sent.
    pub(super) async fn look(&self) -> Result<(), NotDelivered> {
        let transport = self.transport(self.address().await?)?;
        match transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotDelivered::later("the server does not want to talk")),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn letter(
        &self,
        message: &Message,
        key: &str,
        now: Timestamp,
    ) -> Result<lettre::Message, NotDelivered> {
        let unusable = |what: &str| NotDelivered::later(format!("{what} cannot be used in a mail"));
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| unusable(text));
        let from = mailbox(&self.server.from)?;
        let id = format!("<{key}@{}>", from.email.domain());
        let mut letter = lettre::Message::builder()
            .from(from)
            .subject(&message.title)
            .message_id(Some(id))
            .date(SystemTime::from(now));
        for to in &self.server.to {
            letter = letter.to(mailbox(to)?);
        }
        // No machine answers it, and no list takes it for a person's.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        letter = letter.raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(message.text.clone());
        letter.singlepart(text).map_err(|error| unusable(&error.to_string()))
    }

    /// The first address of its name, of which all were looked at; those of the older kind first, because
    /// every network has them.
    async fn address(&self) -> Result<IpAddr, NotDelivered> {
        let host = self.server.host.trim_matches(['[', ']']);
        if let Ok(address) = host.parse::<IpAddr>() {
            if is_within_reach(address, self.reach) {
                return Ok(address);
            }
            let why = format!(
                "its server {address} is not on the public internet; [alerts] reach = \"private\" allows \
                 private networks"
            );
            return Err(NotDelivered::later(why));
        }
        let name = Name::from_str(host)
            .map_err(|_| NotDelivered::later(format!("`{host}` is no name of a server")))?;
        let found = self.names.resolve(name).await;
        let found =
            found.map_err(|error| NotDelivered::later(printable(&error.to_string(), &[])))?;
        let mut found: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        found.sort_by_key(IpAddr::is_ipv6);
        let none = || NotDelivered::later(format!("`{host}` leads nowhere"));
        found.into_iter().next().ok_or_else(none)
    }

    fn transport(
        &self,
        address: IpAddr,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotDelivered> {
        let server = self.server;
        let host = server.host.trim_matches(['[', ']']);
        let tls = || trusting(server.authority.as_ref(), host).map_err(|error| self.failed(&error));
        let tls = match server.encryption {
            MailEncryption::StartTls => Tls::Required(tls()?),
            MailEncryption::Tls => Tls::Wrapper(tls()?),
            MailEncryption::None => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.to_string())
                .port(server.port)
                .tls(tls)
                .timeout(Some(CONNECTING));
        if let Some((user, password)) = &server.login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.open().to_owned()));
        }
        Ok(builder.build())
    }

    fn failed(&self, error: &lettre::transport::smtp::Error) -> NotDelivered {
        let secrets: Vec<_> = self.server.login.iter().map(|(_, password)| password).collect();
        let mut why = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            let said = inner.to_string();
            if !why.contains(&said) {
                why = format!("{why}: {said}");
            }
            source = inner.source();
        }
        NotDelivered::later(printable(&why, &secrets))
    }
}
