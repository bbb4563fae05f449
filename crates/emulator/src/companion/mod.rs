//! What tests ask of a bus: to wait for a step, and to say what came nearest if it does not come.

mod wait;

pub use wait::{Nearby, Wait, Waited};
