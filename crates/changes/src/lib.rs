//! What a change of a pipeline means: what it destroys, replaces or leaves unserved on AWS, and whom it breaks.
//!
//! [`compare`] finds it in two specs, [`plan`] in what Terraform wants to do. Both make a list of [`Change`]s, which
//! [`findings`] turns into findings at their places in the present spec. The crate is pure: texts and specs in, values out.

mod compare;
mod contract;
mod figures;
mod findings;
mod lints;
mod model;
pub mod plan;
mod recorded;
mod review;
mod routes;
mod shape;
mod steps;
mod thing;

pub use compare::{Side, compare};
pub use contract::{Broken, Party, Reason, contract_findings, contracts, unreadable};
pub use figures::{Cause, FIGURES, Figure, Seconds};
pub use findings::{Told, findings};
pub use lints::LINTS;
pub use model::{Change, Kind, Lost, Purpose, Resource, What};
pub use recorded::{Example, JobCount, Reader, Recorded, Routed, Way, recorded_event};
pub use review::{Environments, Fate, Group, Line, Of, Review, Run, Runs, Said, review};
pub use shape::Shape;
pub use steps::{Step, steps};
