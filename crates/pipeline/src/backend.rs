//! Where Terraform keeps its state, and where it runs.

use crate::span::Spanned;

/// The backend of the root module. Terraform allows a backend nowhere else.
#[derive(Clone, Debug)]
pub enum Backend {
    /// Terraform Cloud (HCP Terraform).
    Cloud(Cloud),
    /// A bucket in S3.
    S3(Vec<(&'static str, Spanned<Setting>)>),
}

/// Settings of Terraform Cloud. What is left out comes from the environment: `TF_CLOUD_ORGANIZATION`, `TF_WORKSPACE`.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// The organization.
    pub organization: Option<Spanned<String>>,
    /// The host, if it is not Terraform Cloud itself.
    pub hostname: Option<Spanned<String>>,
    /// Which workspaces belong to the pipeline.
    pub workspaces: Workspaces,
    /// What starts a run, and the place that says so.
    pub driven_by: Spanned<DrivenBy>,
}

/// Workspaces of Terraform Cloud: one by name, or those with all the tags.
#[derive(Clone, Debug, Default)]
pub struct Workspaces {
    /// The one workspace, for a pipeline with one environment.
    pub name: Option<Spanned<String>>,
    /// Tags of the workspaces, one for each environment.
    pub tags: Vec<Spanned<String>>,
    /// The project of new workspaces.
    pub project: Option<Spanned<String>>,
}

/// What starts a run on Terraform Cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrivenBy {
    /// `terraform plan` on a machine, which uploads the folder.
    Cli,
    /// A commit: the run sees what is in git, and nothing else.
    Vcs,
}

/// A setting of the S3 backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
}
