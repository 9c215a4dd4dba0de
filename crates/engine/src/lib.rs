//! Placeholder module; filled by the first commits.
