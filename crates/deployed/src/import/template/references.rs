//! `Ref` and `Fn::GetAtt`: parameters, and resources by their names and ARNs.

use eventbridge::arn::Arn;
use serde_json::Value;

use super::resolve::{Resolver, as_text};
use super::stack::Parameter;
use super::unknown::Kind;

/// What is known of a type of resources.
struct Resource {
    kind: &'static str,
    /// The property with its name.
    name: &'static str,
    /// Its ARN behind `arn:aws:`, with `R` for the region, `A` for the account and `{}` for the name.
    arn: Option<&'static str>,
    /// What `Ref` is.
    reference: Reference,
}

/// What `Ref` of a resource is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    Name,
    Arn,
    /// Something that has the account or a hash in it.
    Other,
}

/// Source: the pages of the types under
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html>, "Return values".
static RESOURCES: [Resource; 15] = [
    resource(
        "AWS::DynamoDB::Table",
        "TableName",
        Some("dynamodb:R:A:table/{}"),
        Reference::Name,
    ),
    resource(
        "AWS::ECS::Cluster",
        "ClusterName",
        Some("ecs:R:A:cluster/{}"),
        Reference::Name,
    ),
    resource(
        "AWS::Events::EventBus",
        "Name",
        Some("events:R:A:event-bus/{}"),
        Reference::Name,
    ),
    resource("AWS::Events::Rule", "Name", None, Reference::Name),
    resource(
        "AWS::IAM::Role",
        "RoleName",
        Some("iam::A:role/{}"),
        Reference::Name,
    ),
    resource(
        "AWS::Kinesis::Stream",
        "Name",
        Some("kinesis:R:A:stream/{}"),
        Reference::Name,
    ),
    resource(
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        Some("firehose:R:A:deliverystream/{}"),
        Reference::Name,
    ),
    resource(
        "AWS::Lambda::Function",
        "FunctionName",
        Some("lambda:R:A:function:{}"),
        Reference::Name,
    ),
    resource(
        "AWS::Logs::LogGroup",
        "LogGroupName",
        Some("logs:R:A:log-group:{}:*"),
        Reference::Name,
    ),
    resource(
        "AWS::S3::Bucket",
        "BucketName",
        Some("s3:::{}"),
        Reference::Name,
    ),
    resource(
        "AWS::SNS::Topic",
        "TopicName",
        Some("sns:R:A:{}"),
        Reference::Arn,
    ),
    resource(
        "AWS::SQS::Queue",
        "QueueName",
        Some("sqs:R:A:{}"),
        Reference::Other,
    ),
    resource("AWS::Scheduler::Schedule", "Name", None, Reference::Name),
    resource(
        "AWS::Scheduler::ScheduleGroup",
        "Name",
        None,
        Reference::Name,
    ),
    resource(
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        Some("states:R:A:stateMachine:{}"),
        Reference::Arn,
    ),
];

const fn resource(
    kind: &'static str,
    name: &'static str,
    arn: Option<&'static str>,
    reference: Reference,
) -> Resource {
    Resource {
        kind,
        name,
        arn,
        reference,
    }
}

impl Resolver<'_> {
    fn found(&self, resource: &str) -> Option<&Value> {
        self.world.stacks[self.stack].resources.get(resource)
    }

    fn kind(&self, resource: &str) -> &str {
        let found = self
            .found(resource)
            .and_then(|found| found["Type"].as_str());
        found.unwrap_or_default()
    }

    /// `Ref`.
    pub(super) fn reference(&self, name: &str) -> Option<Value> {
        if let Some(found) = self.world.stacks[self.stack].parameters.get(name) {
            return Some(self.parameter(name, found));
        }
        if name.starts_with("AWS::") {
            return self.pseudo(name);
        }
        if self.found(name).is_none() {
            return Some(self.never(name));
        }
        let kind = self.kind(name);
        if matches!(kind, "AWS::Lambda::Alias" | "AWS::Lambda::Version") {
            return Some(self.arn(name));
        }
        let known = RESOURCES.iter().find(|known| known.kind == kind);
        Some(match known.map(|known| known.reference) {
            Some(Reference::Name) => self.name_or_mark(name),
            Some(Reference::Arn) => self.arn(name),
            Some(Reference::Other) | None => {
                let about = format!("Ref of {name}, {}", article(kind));
                self.unknowns().mark(name, Kind::Said(about))
            }
        })
    }

    fn parameter(&self, name: &str, found: &Parameter) -> Value {
        match found {
            Parameter::Known(value) => value.clone(),
            Parameter::Missing => {
                let about = format!("The parameter {name}");
                self.unknowns().mark(name, Kind::Said(about))
            }
            Parameter::Stored => {
                let about = format!(
                    "What Parameter Store (SSM) has under the name in the parameter {name}"
                );
                self.unknowns().mark(name, Kind::Said(about))
            }
            Parameter::Secret => self.secret(name),
        }
    }

    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>.
    fn pseudo(&self, name: &str) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        if let Some(given) = self.world.pseudo.get(name) {
            return Some(Value::from(given.as_str()));
        }
        let given = |name: &str| self.world.pseudo.get(name).map(String::as_str);
        Some(match name {
            "AWS::Region" => self.unknowns().mark(name, Kind::BuiltIn("region")),
            "AWS::AccountId" => self.unknowns().mark(name, Kind::BuiltIn("account")),
            "AWS::Partition" => Value::from("aws"),
            "AWS::URLSuffix" if given("AWS::Partition") == Some("aws-cn") => {
                Value::from("amazonaws.com.cn")
            }
            "AWS::URLSuffix" => Value::from("amazonaws.com"),
            _ => {
                let about = format!("The pseudo parameter {name}");
                self.unknowns().mark(name, Kind::Said(about))
            }
        })
    }

    /// The name of a resource on AWS, as far as the template says it.
    pub(super) fn name(&self, resource: &str) -> Option<Value> {
        let kind = self.kind(resource);
        let property = match kind {
            "AWS::Lambda::Alias" => "Name",
            kind => RESOURCES.iter().find(|known| known.kind == kind)?.name,
        };
        let name = self.found(resource)?["Properties"].get(property)?;
        let name = self.once(&format!("name {resource}"), || self.value(name))?;
        as_text(&name).map(Value::String)
    }

    fn name_or_mark(&self, resource: &str) -> Value {
        self.name(resource).unwrap_or_else(|| {
            let kind = Kind::Made(self.id(resource));
            self.unknowns().mark(resource, kind)
        })
    }

    /// The id of a resource among those of all templates.
    pub(super) fn id(&self, resource: &str) -> String {
        let is_other = |(stack, other): (usize, &super::stack::Stack)| {
            stack < self.stack && other.resources.contains_key(resource)
        };
        if self.world.stacks.iter().enumerate().any(is_other) {
            format!("{resource}-{}", self.stack + 1)
        } else {
            resource.to_owned()
        }
    }

    /// `Fn::GetAtt`, whose attribute may be a parameter.
    pub(super) fn get_attribute(&self, argument: &Value) -> Option<Value> {
        match argument {
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(resource), attribute] => {
                    let attribute = self.value(attribute)?;
                    let is_known = self.unknowns().names(&attribute).is_empty();
                    let attribute = is_known.then(|| as_text(&attribute)).flatten()?;
                    Some(self.attribute(resource, &attribute))
                }
                _ => None,
            },
            Value::String(path) => {
                let (resource, attribute) = path.split_once('.')?;
                Some(self.attribute(resource, attribute))
            }
            _ => None,
        }
    }

    pub(super) fn attribute(&self, resource: &str, attribute: &str) -> Value {
        if self.found(resource).is_none() {
            return self.never(&format!("{resource}.{attribute}"));
        }
        match attribute {
            "Arn" | "FunctionArn" | "TopicArn" | "AliasArn" => self.arn(resource),
            "Name" | "QueueName" | "TopicName" => self.name_or_mark(resource),
            _ => self.other_attribute(resource, attribute),
        }
    }

    fn other_attribute(&self, resource: &str, attribute: &str) -> Value {
        let about = format!(
            "{attribute} of {resource}, {}",
            article(self.kind(resource))
        );
        let name = format!("{resource}.{attribute}");
        self.unknowns().mark(name, Kind::Said(about))
    }

    /// The ARN of a resource.
    pub(super) fn arn(&self, resource: &str) -> Value {
        let kind = self.kind(resource);
        if matches!(kind, "AWS::Lambda::Alias" | "AWS::Lambda::Version") {
            let found = self.found(resource);
            let of = found.and_then(|found| found["Properties"].get("FunctionName"));
            let of = of.and_then(|of| self.once(&format!("arn {resource}"), || self.value(of)));
            let Some(function) = of.as_ref().and_then(as_text) else {
                return self.other_attribute(resource, "Arn");
            };
            let function = function_name(&function);
            let qualifier = if kind == "AWS::Lambda::Alias" {
                self.name_or_mark(resource)
            } else {
                self.other_attribute(resource, "Version")
            };
            let qualifier = as_text(&qualifier).unwrap_or_default();
            return self.arn_of("lambda:R:A:function:{}", &format!("{function}:{qualifier}"));
        }
        // The ARN of a role has its path, too.
        let has_path = self.found(resource).is_some_and(|found| {
            kind == "AWS::IAM::Role" && found["Properties"].get("Path").is_some()
        });
        let known = RESOURCES.iter().find(|known| known.kind == kind);
        match known.and_then(|known| known.arn).filter(|_| !has_path) {
            Some(arn) => {
                let name = as_text(&self.name_or_mark(resource)).unwrap_or_default();
                self.arn_of(arn, &name)
            }
            None => self.other_attribute(resource, "Arn"),
        }
    }

    fn arn_of(&self, end: &str, name: &str) -> Value {
        let pseudo = |name: &str| self.pseudo(name).as_ref().and_then(as_text);
        let pseudo = |name: &str| pseudo(name).unwrap_or_default();
        let mut parts: Vec<String> = end.splitn(4, ':').map(str::to_owned).collect();
        for part in &mut parts {
            match part.as_str() {
                "R" => *part = pseudo("AWS::Region"),
                "A" => *part = pseudo("AWS::AccountId"),
                _ => *part = part.replace("{}", name),
            }
        }
        let partition = pseudo("AWS::Partition");
        Value::String(format!("arn:{partition}:{}", parts.join(":")))
    }
}

/// The name in what names a function: a name, or an ARN.
fn function_name(text: &str) -> &str {
    let arn = Arn::parse(text).ok().and_then(|arn| arn.function());
    arn.map_or(text, |function| function.name)
}

fn article(kind: &str) -> String {
    format!("a resource of type {kind}")
}
