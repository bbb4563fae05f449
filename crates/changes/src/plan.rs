//! What Terraform's plan does to a pipeline: the JSON of `terraform show -json PLAN`.

mod address;
mod changes;
mod places;
mod read;

pub use changes::renamed;
pub use places::Places;
pub use read::{Plan, PlanError, read};
