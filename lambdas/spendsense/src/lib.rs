//! SpendSense's background work: its domain, and one handler for each job.
//!
//! [`features`] are computed from what the bank tells of a [`model::User`], a [`persona`] is assigned from features,
//! [`recommendations`] are generated from both: pure functions, whose definitions `DEFINITIONS.md` has in one place. A
//! handler reads users from the [`store`], and writes there what it found.

mod assign_persona;
mod compute_features;
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
mod work;

pub use assign_persona::AssignPersona;
pub use compute_features::ComputeFeatures;
pub use generate_recommendations::GenerateRecommendations;
