//! SpendSense's background work: its domain, and one handler for each job.
//!
//! [`features`] are computed from the bank's data of a [`model::User`], a [`persona`] is assigned from features, and
//! [`recommendations`] are generated from both. These are pure functions, and `DEFINITIONS.md` has their definitions in
//! one place. A handler reads users from the [`store`], and writes its results there.

mod assign_persona;
mod compute_features;
mod cores;
pub mod currency;
pub mod features;
mod generate_recommendations;
mod ledger;
pub mod model;
pub mod persona;
pub mod recommendations;
mod record;
pub mod store;
#[cfg(test)]
mod testing;
pub mod words;
mod work;

pub use assign_persona::AssignPersona;
pub use compute_features::ComputeFeatures;
pub use generate_recommendations::GenerateRecommendations;
