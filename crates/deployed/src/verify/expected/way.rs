//! With which settings a target delivers.

use eventbridge::arn::Arn;
use pipeline::model::TargetKind;
use pipeline::resources::{JobResources, Receiver};

use crate::aws::deployed::Starts;

/// How a target delivers, beside what it sends.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// The name of the role that EventBridge takes on; nothing if a policy lets it in.
    pub(crate) role: Option<String>,
    /// The message group of every event, for a queue.
    pub(crate) group: Option<String>,
    /// The path to the partition key, for a stream; nothing if the id of the event is the key.
    pub(crate) partition_key: Option<String>,
    /// What is started, with the definition as the spec names it; nothing for a task in a network of the environment.
    pub(crate) starts: Option<Starts>,
    /// What the API calls the settings that are not compared.
    pub(crate) settings: Option<&'static str>,
}

impl Way {
    /// How the targets of a job's rules deliver.
    pub(super) fn new(environment: &str, job: &JobResources<'_>) -> Self {
        let (role, partition_key) = match &job.receiver {
            Receiver::Elsewhere { to, role } => {
                let path = to.kind.partition_key().map(|path| path.value.clone());
                let made = role.as_ref();
                let made = made.map(|role| role.name.in_environment(environment));
                let given = job.given.role.and_then(|arn| {
                    let arn = Arn::parse(&arn.value).ok()?;
                    Some(arn.role_name()?.to_owned())
                });
                (made.or(given), path)
            }
            _ => (None, None),
        };
        Self {
            role,
            group: job.group().map(str::to_owned),
            partition_key,
            starts: starts(job),
            settings: settings(&job.receiver),
        }
    }
}

fn starts(job: &JobResources<'_>) -> Option<Starts> {
    let Receiver::Elsewhere { to, role: _ } = &job.receiver else {
        return None;
    };
    match &to.kind {
        TargetKind::Task(task) if task.network.is_none() => Some(Starts::Task {
            definition: task.definition.value().to_owned(),
            launch_type: task.launch_type.on_aws().to_owned(),
            count: task.count,
        }),
        TargetKind::Batch(batch) => Some(Starts::Job {
            definition: batch.definition.value().to_owned(),
            name: batch.name.clone().unwrap_or_else(|| job.job.prefix()),
            attempts: batch.attempts,
            array_size: batch.array_size,
        }),
        _ => None,
    }
}

/// What starts a task or a job, or calls an API, says with which settings.
fn settings(receiver: &Receiver<'_>) -> Option<&'static str> {
    match receiver {
        Receiver::Api(_) => Some("HttpParameters"),
        Receiver::Elsewhere { to, role: _ } => match to.kind {
            TargetKind::Task(_) => Some("EcsParameters"),
            TargetKind::Batch(_) => Some("BatchParameters"),
            TargetKind::Api(_) => Some("HttpParameters"),
            _ => None,
        },
        _ => None,
    }
}
