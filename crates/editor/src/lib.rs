//! What an editor knows of a spec.

pub mod around;
pub mod complete;
mod fields;
pub mod fixes;
pub mod folding;
pub mod hover;
pub mod names;
pub mod place;
pub mod server;
pub mod spec;
pub mod symbols;
#[cfg(test)]
mod testing;
pub mod text;
pub mod tokens;
mod told;
