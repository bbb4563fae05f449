//! The spec language: from the YAML tree to the [`Pipeline`](crate::Pipeline).

pub(crate) mod backend;
pub(crate) mod defaults;
pub(crate) mod event;
pub(crate) mod function;
mod job;
mod json;
pub(crate) mod pipeline;
pub(crate) mod quantity;
pub(crate) mod reader;
mod trigger;

use defaults::Defaults;
pub(crate) use pipeline::read_pipeline;
pub(crate) use reader::Reader;
