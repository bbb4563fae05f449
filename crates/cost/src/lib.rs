//! What a pipeline costs on AWS in a month: an estimate from volumes, which the spec says or recordings tell, and from
//! prices of a file. It says what it assumes, and what it does not count.

mod estimate;
mod rates;
mod recorded;
mod volume;

pub use estimate::{Estimate, JobCost, Line, estimate};
pub use rates::{BUILT_IN, Item, Price, Rates};
pub use recorded::{Counted, Counter};
pub use volume::Volume;

/// Days of the month that is estimated.
pub const DAYS: u32 = 30;
