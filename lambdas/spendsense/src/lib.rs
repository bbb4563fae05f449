//! The product's background work, one handler for each job.
//!
//! The handlers are wired to their events; the domain's work itself (features, personas,
//! recommendations) is not there yet. `work::record`, which says so in the log of each run, is the one
//! place that it will take.

mod assign_persona;
mod compute_features;
mod generate_recommendations;
mod work;

pub use assign_persona::AssignPersona;
pub use compute_features::ComputeFeatures;
pub use generate_recommendations::GenerateRecommendations;
