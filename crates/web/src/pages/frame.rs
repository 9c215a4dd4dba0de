//! What every page has around it.

use crate::assets::Assets;
use crate::state::WebSettings;

/// Head, header and notes.
pub(crate) struct Frame<'a> {
    pub(crate) assets: &'static Assets,
    pub(crate) notes: &'a [String],
}

impl<'a> Frame<'a> {
    pub(crate) fn of(settings: &'a WebSettings) -> Self {
        Self { assets: Assets::embedded(), notes: &settings.notes }
    }
}
