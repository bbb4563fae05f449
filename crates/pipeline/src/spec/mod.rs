//! The spec language: from the YAML tree to the [`Pipeline`](crate::Pipeline).

pub(crate) mod alarms;
mod allow;
pub(crate) mod api;
pub(crate) mod backend;
pub(crate) mod buffer;
pub(crate) mod bus;
pub(crate) mod code;
pub(crate) mod defaults;
pub(crate) mod deliver_to;
mod encryption;
pub(crate) mod event;
pub(crate) mod function;
mod input;
pub(crate) mod instant;
mod job;
pub(crate) mod json;
mod mistakes;
mod names;
pub(crate) mod pipeline;
pub(crate) mod platform;
pub(crate) mod provision;
pub(crate) mod quantity;
pub(crate) mod reader;
pub(crate) mod removed;
mod rights;
pub(crate) mod scope;
pub(crate) mod tags;
pub(crate) mod trigger;
mod uses;
pub(crate) mod values;
mod volumes;

use defaults::Defaults;
pub(crate) use pipeline::read_pipeline;
pub(crate) use reader::Reader;
pub(crate) use uses::joined;
