//! Second door; see below.
