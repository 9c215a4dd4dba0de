//! `flockwork users link`.

use clap::Args;
use domain::model::access::{LinkFor, Role, User, UserName};
use domain::ports::people::PeopleStore as _;
use serde_json::json;
use store::Db;
use web::new_link;

use crate::cli::context::Context;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};
use crate::output::Format;
use crate::serve::welcome_address;

/// `flockwork users link`
#[derive(Args, Debug)]
pub struct MakeLink {
    /// Who cannot get in any more.
    name: Option<String>,
    /// What a new person may do: owner, editor, approver, viewer.
    #[arg(long, value_parser = role, conflicts_with = "name")]
    role: Option<Role>,
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("it is one of {}", words.join(", "))
    })
}

impl MakeLink {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open(&config).await?;
        let user = match &self.name {
            Some(name) => Some(find(&db, name).await?),
            None => None,
        };
        let is_first = !db.has_users().await?;
        let (purpose, role) = match (&user, self.role) {
            (Some(user), _) => (LinkFor::Reset, user.role),
            (None, Some(role)) if !is_first => (LinkFor::Join, role),
            (None, None) if is_first => (LinkFor::Join, Role::Owner),
            (None, Some(Role::Owner)) => (LinkFor::Join, Role::Owner),
            (None, Some(_)) => {
                let message = "the first person owns the house";
                return Err(Failure::new(Exit::Usage, message)
                    .hint("leave --role out, or write --role owner"));
            }
            (None, None) => {
                let message = "say for whom the link is";
                return Err(Failure::new(Exit::Usage, message).hint(
                    "`flockwork users link NAME` for somebody who cannot get in, \
                     `--role viewer` for somebody new",
                ));
            }
        };
        let (by, now) = (who(&context.environment), context.clock.now());
        let (link, secret) = new_link(purpose, role, user.as_ref().map(|user| user.id), (&by, now));
        let object =
            user.map_or_else(|| role.as_str().to_owned(), |user| format!("user {}", user.name));
        let action = if purpose == LinkFor::Reset { "user.reset_link" } else { "user.invite" };
        context.signed(&db, action, object).add_link(&link, now).await?;
        db.close().await;
        let address = welcome_address(&config, &secret);
        if context.out.format == Format::Json {
            let json =
                json!({ "link": address, "role": role.as_str(), "expires_at": link.expires_at });
            context.out.json(&json)?;
        } else {
            context.out.line(&address)?;
            context.out.hint("it is good once, for 24 hours")?;
        }
        Ok(Exit::Success)
    }
}

async fn find(db: &Db, name: &str) -> Result<User, Failure> {
    let wanted = UserName::try_from(name.to_owned()).ok();
    let found = match &wanted {
        Some(wanted) => db.find_login(wanted).await?,
        None => None,
    };
    match found.map(|login| login.user) {
        Some(user) if !user.is_closed => Ok(user),
        Some(_) => Err(Failure::new(Exit::Failure, format!("{name} may not come in any more"))
            .hint("make a link for a new account: `flockwork users link --role ROLE`")),
        None => Err(Failure::new(Exit::Failure, format!("nobody is called `{name}`"))
            .hint("`flockwork users list` lists everybody")),
    }
}
