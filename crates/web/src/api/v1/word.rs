//! The closed sets of words of `domain`, as JSON and as the document list them.

use domain::model::access::Right;
use domain::model::{
    ApprovalMode, ApprovalVerdict, AttemptState, BotState, ManagedBy, OnMiss, PostState, Purse,
    SlotPhase,
};
use domain::ports::store::SpendKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A word that is one of a set: never another one in an answer.
macro_rules! words {
    ($($name:ident $shown:literal $of:ty)+) => {$(
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name(pub(super) $of);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let all = <$of>::ALL.iter().map(|one| one.as_str());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }
        }
    )+};
}

/// Words that are asked with, too; another one is refused.
macro_rules! asked {
    ($($name:ident $of:ty)+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                <$of>::from_word(&word).map(Self).ok_or_else(|| {
                    let all: Vec<&str> = <$of>::ALL.iter().map(|one| one.as_str()).collect();
                    serde::de::Error::custom(format!("it is one of {}", all.join(", ")))
                })
            }
        }
    )+};
}

words! {
    AttemptStateWord "AttemptState" AttemptState
    BotStateWord "BotState" BotState
    ManagedByWord "ManagedBy" ManagedBy
    ModeWord "ApprovalMode" ApprovalMode
    OnMissWord "OnMiss" OnMiss
    PhaseWord "SlotState" SlotPhase
    PostStateWord "PostState" PostState
    PurseWord "Purse" Purse
    RightWord "Right" Right
    SpendKindWord "SpendKind" SpendKind
    VerdictWord "Verdict" ApprovalVerdict
}

asked! {
    PostStateWord PostState
    RightWord Right
}
