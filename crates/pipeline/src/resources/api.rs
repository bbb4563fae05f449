//! An API destination, and the connection with which EventBridge proves who it is.

use super::name::{JobRef, Name};
use super::role::Role;
use crate::model::Api;

/// An API destination with its connection, which has the same name, and the role that EventBridge takes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiDestination<'p> {
    /// The name on AWS.
    pub name: Name,
    /// The Terraform label.
    pub label: String,
    /// What the spec says of it.
    pub settings: &'p Api,
    /// The role.
    pub role: Role<'p>,
}

impl<'p> ApiDestination<'p> {
    pub(super) fn new(job: JobRef<'p>, settings: &'p Api) -> Self {
        Self {
            name: job.function_name(),
            label: job.label(),
            settings,
            role: Role::of_calls(job),
        }
    }
}
