//! Tasks of ECS and jobs of AWS Batch, which an event starts.

use crate::span::Spanned;
use crate::values::Text;

/// A task of ECS, in a cluster that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task definition: its family, with a revision or without, or its ARN.
    pub definition: TaskDefinition,
    /// What it runs on.
    pub launch_type: LaunchType,
    /// The name of its subnets and security groups in the variable `networks`.
    pub network: Option<Spanned<String>>,
    /// Whether it has a public address in its network.
    pub public_ip: bool,
    /// How many tasks an event starts.
    pub count: u32,
    /// The ARNs of the roles that the task definition names: EventBridge hands them on.
    pub roles: Vec<Text>,
}

/// A job of AWS Batch, for a queue that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchJob {
    /// The job definition: its name, with a revision or without, or its ARN.
    pub definition: TaskDefinition,
    /// The name of the jobs; the pipeline's and the job's unless it is said.
    pub name: Option<String>,
    /// How often AWS Batch tries a job.
    pub attempts: Option<u32>,
    /// How many children a job has.
    pub array_size: Option<u32>,
}

/// A definition of tasks or jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskDefinition {
    /// The ARN.
    Arn(Text),
    /// The name in the account and the region that Terraform deploys to, with a revision or without.
    Name(Text),
}

impl TaskDefinition {
    /// What the spec writes, in the setting that it was read for.
    pub fn value(&self) -> &str {
        match self {
            Self::Arn(text) | Self::Name(text) => &text.value,
        }
    }
}

/// What a task runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchType {
    /// AWS's own machines.
    Fargate,
    /// Machines of EC2 that belong to the cluster.
    Ec2,
    /// Machines outside of AWS that belong to the cluster.
    External,
}

impl LaunchType {
    /// The word for it in EventBridge's API.
    pub fn on_aws(self) -> &'static str {
        match self {
            Self::Fargate => "FARGATE",
            Self::Ec2 => "EC2",
            Self::External => "EXTERNAL",
        }
    }
}
