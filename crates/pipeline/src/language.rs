//! Words, ranges and names that the spec language accepts.
//!
//! The reader and the checks use these values too. So what others build from them, such as the schema for
//! editors, can never disagree.

pub use crate::aws_events::AWS_EVENTS;
pub use crate::lints::allowed_ids;
pub use crate::lints::description::DESCRIPTION_MAX;
pub use crate::lints::detail_type::{DETAIL_TYPE_MAX, SOURCE_MAX, SOURCE_RESERVED};
pub use crate::lints::environment::{VARIABLES_RESERVED, VARIABLES_SET};
pub use crate::lints::names::{BUS_NAME, BUS_NAME_MAX, Charset, EVENT_NAME, RESOURCE_NAME};
pub use crate::lints::renamed::RENAMES_MAX;
pub use crate::spec::alarms::{METRIC_NAME_MAX, TOPICS};
pub use crate::spec::api::{
    AUTH_KINDS, KEY_HEADER, METHODS, PARAMETER_MAX, TOKEN_METHODS, URL_MAX,
};
pub use crate::spec::backend::{DRIVERS, S3_REQUIRED, S3_SETTINGS};
pub use crate::spec::buffer::{BATCH, RECEIVES};
pub use crate::spec::code::CODE_KEYS;
pub use crate::spec::defaults::{Defaults, Settings};
pub use crate::spec::deliver_to::{BATCH_NAME_MAX, DESTINATIONS, GROUP_MAX, LAUNCH_TYPES, TARGETS};
pub use crate::spec::event::FIELD_TYPES;
pub use crate::spec::function::{ARCHITECTURES, RETENTION_DAYS};
pub use crate::spec::pipeline::{DISCRIMINATORS, TERRAFORM_FOLDER};
pub use crate::spec::platform::{LAYERS_MAX, LOG_CLASSES, LOG_EVENTS, LOG_LEVELS};
pub use crate::spec::provision::NONE;
pub use crate::spec::quantity::{
    ALARM_COUNT, ALARM_PERIOD, API_RATE, ARCHIVE_DAYS, BATCH_ARRAY, BATCH_ATTEMPTS, BUFFER_BATCH,
    BUFFER_CONCURRENCY, BUFFER_RECEIVES, BUFFER_WINDOW, DELIVERIES_PER_DAY, DELIVERY_AGE,
    DELIVERY_ATTEMPTS, DURATION_PERCENT, DURATION_UNITS, EPHEMERAL_STORAGE_MB, EVENTS_PER_DAY,
    EXECUTION_AGE, EXECUTION_ATTEMPTS, FLEXIBLE_WINDOW, MEMORY_MB, RESERVED_CONCURRENCY, RUN_MS,
    SHARDS, TASK_COUNT, TIMEOUT, WAITING_MINUTES, show_duration,
};
pub use crate::spec::reader::Range;
pub use crate::spec::removed::KEEPS;
pub use crate::spec::tags::{TAG_KEY_MAX, TAG_VALUE_MAX, TAGS_MAX};
pub use crate::spec::trigger::GROUP_NAME_MAX;
pub use crate::spec::values::VALUE_TYPES;
