//! SpendSense's background work: its domain, and one handler for each job.
//!
//! [`features`] are computed from what the bank tells of a [`model::User`], a [`persona`] is assigned from features:
//! pure functions, whose definitions `DEFINITIONS.md` has in one place. The handlers are wired to their events; where
//! users are kept, and recommendations, are not there yet, so that a handler only records in its log for whom it ran.

mod assign_persona;
mod compute_features;
pub mod features;
mod generate_recommendations;
pub mod model;
pub mod persona;
#[cfg(test)]
mod testing;
mod work;

pub use assign_persona::AssignPersona;
pub use compute_features::ComputeFeatures;
pub use generate_recommendations::GenerateRecommendations;
