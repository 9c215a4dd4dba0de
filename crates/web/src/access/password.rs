//! Passwords: how they are kept and compared (argon2id), and which are too easy.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::model::Secret;
use tokio::sync::Semaphore;
use zxcvbn::feedback::Feedback;

use crate::problem::Problem;

/// Characters at least (ASVS 5.0, 6.2.1).
const PASSWORD_CHARS_MIN: usize = 8;
/// Characters at most; more is a body that wants to cost time.
pub(crate) const PASSWORD_CHARS_MAX: usize = 256;
/// Hashes at the same time: each takes 19 MiB and some tens of milliseconds.
const AT_ONCE_MAX: usize = 2;
/// zxcvbn's measure from 0 to 4: the third needs over 10^8 guesses.
const SCORE_MIN: u8 = 3;

/// What is compared for a name that nobody has, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody's password"));

/// Where hashes are made: some at a time, away from the threads that answer.
#[derive(Clone)]
pub(crate) struct Kitchen(Arc<Semaphore>);

impl Default for Kitchen {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE_MAX)))
    }
}

impl Kitchen {
    /// A password as it is kept: a PHC string.
    pub(crate) async fn hash(&self, password: Secret) -> Result<Secret, Problem> {
        self.cook(move || Secret::new(hash(password.open()))).await
    }

    /// Whether it is the password of which `kept` is the hash. Without one it takes as long, and is not.
    pub(crate) async fn is_right(
        &self,
        password: Secret,
        kept: Option<Secret>,
    ) -> Result<bool, Problem> {
        self.cook(move || {
            let is_right =
                verify(password.open(), kept.as_ref().map_or(NOBODY.as_str(), |kept| kept.open()));
            is_right && kept.is_some()
        })
        .await
    }

    async fn cook<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.0.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|_| Problem::internal())
    }
}

fn hash(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the parameters are the crate's own, and the length is bounded").to_string()
}

fn verify(password: &str, kept: &str) -> bool {
    PasswordHash::new(kept)
        .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
}

/// Why a password will not do, for a person called `name`.
pub(crate) fn weakness(password: &str, name: &str) -> Option<String> {
    let count = password.chars().count();
    if count < PASSWORD_CHARS_MIN {
        return Some(format!(
            "It has {count} characters; {PASSWORD_CHARS_MIN} are the least, 15 are good."
        ));
    }
    if count > PASSWORD_CHARS_MAX {
        return Some(format!("It has {count} characters; {PASSWORD_CHARS_MAX} are the most."));
    }
    let entropy = zxcvbn::zxcvbn(password, &[name, "flockwork"]);
    if u8::from(entropy.score()) >= SCORE_MIN {
        return None;
    }
    let warning = entropy.feedback().and_then(Feedback::warning);
    let why = warning.map_or_else(|| "It is easily guessed.".to_owned(), |why| why.to_string());
    Some(format!("{why} Four or five unusual words are easy to keep and hard to guess."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kitchen = Kitchen::default();
        let kept = kitchen.hash(Secret::new("correct horse battery")).await.unwrap();
        assert!(kept.open().starts_with("$argon2id$"), "{}", kept.open());
        let right = async |password: &str, kept: Option<Secret>| {
            kitchen.is_right(Secret::new(password), kept).await.unwrap()
        };
        assert!(right("correct horse battery", Some(kept.clone())).await);
        assert!(!right("correct horse batterx", Some(kept)).await);
        assert!(!right("nobody's password", None).await);
        assert!(!right("x", Some(Secret::new("no hash"))).await);
    }

    #[test]
    fn easy_passwords_are_refused_with_a_reason() {
        for (password, part) in [
            ("short", "5 characters"),
            ("password1", "common"),
            ("flockwork1", ""),
            ("eve-eve-eve", ""),
            ("aaaaaaaaaaaaaaaa", "Repeat"),
            (&"x".repeat(300), "300 characters"),
        ] {
            let why = weakness(password, "eve").expect(password);
            assert!(why.contains(part), "{password}: {why}");
        }
        assert_eq!(weakness("gulls-walk-instead-of-flying", "eve"), None);
    }
}
