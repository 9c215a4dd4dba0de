//! Rows that go to the database together: to a server as one JSON parameter, so that a batch is one
//! statement whatever its size; to a file one by one, since there a statement costs less than the JSON.

use domain::model::XPostId;

use crate::sqlite::Bound;

/// One row of a batch, whose fields are those of the `{each ..}` of its text, in the same order.
pub(crate) trait BatchRow: serde::Serialize {
    const FIELDS: &'static [&'static str];

    /// The fields as parameters.
    fn values(&self) -> Vec<Bound>;
}

/// Defines a struct that is a row of a batch.
macro_rules! batch_row {
    ($(#[$about:meta])* $shown:vis struct $name:ident $(<$life:lifetime>)? {
        $($(#[$field_about:meta])* $field_shown:vis $field:ident: $kind:ty),+ $(,)?
    }) => {
        $(#[$about])*
        #[derive(Debug, serde::Serialize)]
        $shown struct $name $(<$life>)? { $($(#[$field_about])* $field_shown $field: $kind),+ }

        impl $(<$life>)? $crate::batch::BatchRow for $name $(<$life>)? {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn values(&self) -> Vec<$crate::sqlite::Bound> {
                vec![$($crate::sqlite::Bound::from(&self.$field)),+]
            }
        }
    };
}
pub(crate) use batch_row;

macro_rules! numbers {
    ($($kind:ty),+) => { $(
        impl From<&$kind> for Bound {
            fn from(value: &$kind) -> Self {
                Self::Int(Some(i64::from(*value)))
            }
        }
        impl From<&Option<$kind>> for Bound {
            fn from(value: &Option<$kind>) -> Self {
                Self::Int(value.map(i64::from))
            }
        }
    )+ };
}
numbers!(i64, u32, u16);

macro_rules! texts {
    ($($kind:ty),+) => { $(
        impl From<&$kind> for Bound {
            fn from(value: &$kind) -> Self {
                Self::Text(Some(value.to_string()))
            }
        }
        impl From<&Option<$kind>> for Bound {
            fn from(value: &Option<$kind>) -> Self {
                Self::Text(value.as_ref().map(ToString::to_string))
            }
        }
    )+ };
}
texts!(String, XPostId);

impl From<&&str> for Bound {
    fn from(value: &&str) -> Self {
        Self::Text(Some((*value).to_owned()))
    }
}

#[expect(clippy::ref_option_ref, reason = "a macro borrows every field, whatever it is")]
impl From<&Option<&str>> for Bound {
    fn from(value: &Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}
