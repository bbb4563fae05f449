//! What an editor knows of a spec.

pub mod around;
pub mod place;
pub mod server;
pub mod spec;
#[cfg(test)]
mod testing;
pub mod text;
