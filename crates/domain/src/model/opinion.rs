//! What a moderation endpoint says of a text.

/// About one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    /// Whether the endpoint takes it for harmful.
    pub is_flagged: bool,
    /// As what, in the endpoint's own words (`harassment`, `violence/graphic`), in their order.
    pub categories: Vec<String>,
}
