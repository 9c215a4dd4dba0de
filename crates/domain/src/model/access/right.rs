//! What one may do, by role and by token.

use std::fmt;

use crate::model::words::words;

words! {
    /// One thing that a person or a program may be allowed to do.
    Right {
        /// Look.
        Read = "read": "see everything but secrets",
        /// Texts.
        Draft = "draft": "write, edit, order and remove posts, and fill queues",
        /// Yes and no.
        Approve = "approve": "approve and reject posts, say what became of a lost one, and stop sending",
        /// The house.
        Admin = "admin": "bots, tokens, people, settings, and sending again after a stop",
    }
}

words! {
    /// What a person is in this house.
    Role {
        /// Everything.
        Owner = "owner": "may do everything",
        /// Texts, and whether they go out.
        Editor = "editor": "writes, edits and approves posts",
        /// Yes and no.
        Approver = "approver": "approves and rejects posts, and edits none",
        /// Looks.
        Viewer = "viewer": "looks and changes nothing",
    }
}

impl Role {
    /// What a person of this role may do.
    pub fn rights(self) -> Rights {
        match self {
            Self::Owner => Rights::of(Right::ALL),
            Self::Editor => Rights::of(&[Right::Read, Right::Draft, Right::Approve]),
            Self::Approver => Rights::of(&[Right::Read, Right::Approve]),
            Self::Viewer => Rights::of(&[Right::Read]),
        }
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Those.
    pub fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |set, right| set | bit(*right)))
    }

    /// Whether it is one of them.
    pub fn has(self, right: Right) -> bool {
        self.0 & bit(right) != 0
    }

    /// Whether all of `others` are among them: nobody hands out what he does not have.
    pub fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }

    /// From words with commas between them; `None` where one is no right or where there is none.
    pub fn from_words(words: &str) -> Option<Self> {
        let rights: Option<Vec<Right>> =
            words.split(',').map(|one| Right::from_word(one.trim())).collect();
        rights.map(|rights| Self::of(&rights))
    }
}

/// `read,draft`.
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Right::as_str).collect();
        f.write_str(&words.join(","))
    }
}

fn bit(right: Right) -> u8 {
    match right {
        Right::Read => 1,
        Right::Draft => 2,
        Right::Approve => 4,
        Right::Admin => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_written_as_they_are_read() {
        let rights = Rights::of(&[Right::Approve, Right::Read]);
        assert_eq!(rights.to_string(), "read,approve");
        assert_eq!(Rights::from_words(" approve, read"), Some(rights));
        assert_eq!(Rights::from_words("read,everything"), None);
        assert_eq!(Rights::from_words(""), None);
    }

    #[test]
    fn only_owners_run_the_house_and_approvers_do_not_write() {
        for role in Role::ALL {
            let rights = role.rights();
            assert!(rights.has(Right::Read), "{role:?}");
            assert_eq!(rights.has(Right::Admin), *role == Role::Owner, "{role:?}");
            assert!(Role::Owner.rights().cover(rights));
            assert_eq!(rights.cover(Role::Owner.rights()), *role == Role::Owner);
        }
        assert!(!Role::Approver.rights().has(Right::Draft));
    }
}
