//! What an editor knows of a spec.

pub mod around;
pub mod complete;
mod fields;
pub mod fixes;
pub mod folding;
pub mod hover;
pub mod place;
pub mod server;
pub mod spec;
#[cfg(test)]
mod testing;
pub mod text;
pub mod tokens;
mod told;
