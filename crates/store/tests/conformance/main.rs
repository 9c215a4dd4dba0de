//! What every database must do, run on both. A file per port; names say what must hold.

mod schema;
mod world;
