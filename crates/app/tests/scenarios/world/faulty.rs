//! The real store, but a call may fail before it reaches it: the database is away, full or broken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::ports::store::StoreError;
use testkit::watched::Watch;

/// What is to fail.
#[derive(Clone, Default)]
pub struct StoreFaults(Arc<Mutex<HashMap<&'static str, Vec<StoreError>>>>);

impl StoreFaults {
    /// The next `times` calls of `method` fail with `error`.
    pub fn fail(&self, method: &'static str, times: usize, error: &StoreError) {
        let errors = std::iter::repeat_n(error.clone(), times);
        self.0.lock().unwrap().entry(method).or_default().extend(errors);
    }

    /// How many of them did not happen yet.
    pub fn left(&self, method: &str) -> usize {
        self.0.lock().unwrap().get(method).map_or(0, Vec::len)
    }
}

impl Watch for StoreFaults {
    fn before(&self, step: &'static str) -> Result<(), StoreError> {
        let mut faults = self.0.lock().unwrap();
        faults.get_mut(step).and_then(Vec::pop).map_or(Ok(()), Err)
    }
}
