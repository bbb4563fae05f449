//! The spec language: from the YAML tree to the [`Pipeline`](crate::Pipeline).

mod defaults;
mod event;
mod function;
mod job;
mod json;
mod pipeline;
mod quantity;
mod reader;
mod trigger;

pub(crate) use defaults::Defaults;
pub(crate) use pipeline::read_pipeline;
pub(crate) use reader::Reader;
