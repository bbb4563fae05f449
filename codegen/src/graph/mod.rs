//! The pipeline as a picture: [`model`] says what it shows; [`svg`], with the places from [`layout`],
//! [`mermaid`] and [`dot`] write it.

pub(crate) mod dot;
mod layout;
mod matches;
pub(crate) mod mermaid;
pub(crate) mod model;
pub(crate) mod svg;
mod text;
mod xml;

#[cfg(test)]
mod tests;
