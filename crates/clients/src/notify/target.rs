//! Who is told, and how.

use domain::model::Secret;

use super::smtp::MailAuthority;

/// Somebody who is told things. Addresses are secrets: whoever has that of a chat can write there.
#[derive(Clone)]
pub enum Target {
    /// JSON by POST, signed where there is a secret.
    Webhook {
        /// Where.
        url: Secret,
        /// What it is signed with: the newest first, and the one before while receivers change over.
        secrets: Vec<Secret>,
    },
    /// An incoming webhook of Slack, or of what understands the same (Mattermost, Rocket.Chat).
    Slack {
        /// Where.
        url: Secret,
    },
    /// A webhook of a Discord channel.
    Discord {
        /// Where.
        url: Secret,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The server's address with the topic.
        url: Secret,
        /// An access token, where the topic is protected.
        token: Option<Secret>,
    },
    /// Mail.
    Smtp(MailServer),
}

/// A mail server, and who writes to whom.
#[derive(Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether what is said is encrypted.
    pub encryption: MailEncryption,
    /// Who signs its certificate; those whom browsers believe, where nobody is named.
    pub authority: Option<MailAuthority>,
    /// User and password, where it asks for them.
    pub login: Option<(String, Secret)>,
    /// Who writes.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEncryption {
    /// Encrypted after `STARTTLS`, or not at all.
    StartTls,
    /// From the first byte.
    Tls,
    /// Never: for a server on this machine.
    None,
}

/// Of which kind a target is: a closed set of words for the configuration and for monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Any program.
    Webhook,
    /// Slack.
    Slack,
    /// Discord.
    Discord,
    /// ntfy.
    Ntfy,
    /// Mail.
    Smtp,
}

impl TargetKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Ntfy => "ntfy",
            Self::Smtp => "smtp",
        }
    }
}

impl Target {
    /// Its kind.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Webhook { .. } => TargetKind::Webhook,
            Self::Slack { .. } => TargetKind::Slack,
            Self::Discord { .. } => TargetKind::Discord,
            Self::Ntfy { .. } => TargetKind::Ntfy,
            Self::Smtp(_) => TargetKind::Smtp,
        }
    }

    /// Everything of it that no message may show.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Webhook { url, secrets } => std::iter::once(url).chain(secrets).collect(),
            Self::Slack { url } | Self::Discord { url } => vec![url],
            Self::Ntfy { url, token } => std::iter::once(url).chain(token).collect(),
            Self::Smtp(server) => server.login.iter().map(|(_, password)| password).collect(),
        }
    }
}
