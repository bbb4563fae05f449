//! What an editor knows of a spec.

pub mod place;
#[cfg(test)]
mod testing;
