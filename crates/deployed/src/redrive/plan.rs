//! What is sent for a letter, and where.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::MessageAttributeValue;
use eventbridge::arn::Arn;
use eventbridge::envelope::Envelope;
use eventbridge::kept::Kept;
use eventbridge::transformer::{InputPath, InputTransformer, RuleFacts, TransformerError};

use super::letter::Letter;
use super::source::Source;
use crate::aws::Reading;
use crate::aws::deployed::{Input, Target};

/// Something to send.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sending {
    pub(crate) to: To,
    /// What the receiver gets. A bus gets an event: it is its envelope.
    pub(crate) payload: String,
    /// The id of the letter, which keeps a FIFO queue from taking it twice within five minutes.
    pub(crate) letter: String,
}

/// Who gets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum To {
    Function {
        /// Without a version or an alias.
        arn: String,
        qualifier: Option<String>,
    },
    Queue {
        /// The name, and the account that has it; nothing is the caller's own.
        name: String,
        account: Option<String>,
        /// The message group, in a FIFO queue.
        group: Option<String>,
        attributes: BTreeMap<String, MessageAttributeValue>,
    },
    Bus {
        arn: String,
    },
}

impl To {
    /// The name by which people know it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Function { arn, qualifier } => {
                let name = Arn::parse(arn).map_or(arn.as_str(), |arn| arn.name());
                match qualifier {
                    Some(qualifier) => format!("{name}:{qualifier}"),
                    None => name.to_owned(),
                }
            }
            Self::Queue { name, .. } => name.clone(),
            Self::Bus { arn } => Arn::parse(arn)
                .map_or(arn.as_str(), |arn| arn.name())
                .to_owned(),
        }
    }
}

/// The attributes that a function adds to a message that it puts away.
const OF_FUNCTION: [&str; 2] = ["MessageId", "ErrorMessage"];

/// What is sent for a letter; several things only if a rule has several targets that reach the same, as AWS does not tell
/// which of them did not take the event.
///
/// `event` is the letter's [event](Letter::event), changed perhaps. `targets` are those of the rule that a dead letter
/// names, as they are now.
///
/// # Errors
/// Why nothing can be sent: a sentence.
pub(crate) fn plan(
    letter: &Letter,
    source: &Source,
    event: &str,
    targets: Option<&Reading<Vec<Target>>>,
) -> Result<Vec<Sending>, String> {
    let sending = |to, payload: &str| Sending {
        to,
        payload: payload.to_owned(),
        letter: letter.id.clone(),
    };
    match letter.kept().map_err(|unknown| unknown.to_string())? {
        Kept::DeadLetter { rule, target } => {
            let found = targets_with(rule, target, targets)?;
            let made = found.iter().map(|found| {
                let to = receiver(&found.arn, found.group.clone())?;
                Ok(sending(to, &input(event, rule, found)?))
            });
            made.collect()
        }
        Kept::Scheduled { target, .. } => {
            let to = receiver(target, None)?;
            Ok(vec![sending(to, event)])
        }
        Kept::GivenUp { queue } => {
            let mut to = receiver(queue, letter.group.clone())?;
            if let To::Queue { attributes, .. } = &mut to {
                attributes.clone_from(&letter.attributes);
            }
            Ok(vec![sending(to, event)])
        }
        Kept::PutAway => {
            let name = source.buffer.clone();
            let name = name.ok_or("its job no longer has the queue that it comes from")?;
            let mut attributes = letter.attributes.clone();
            attributes.retain(|name, _| !OF_FUNCTION.contains(&name.as_str()));
            let to = To::Queue {
                name,
                account: None,
                group: letter.group.clone(),
                attributes,
            };
            Ok(vec![sending(to, event)])
        }
        Kept::FailedRun {
            function,
            qualifier,
            ..
        } => {
            let to = To::Function {
                arn: function.to_owned(),
                qualifier: qualifier.map(str::to_owned),
            };
            Ok(vec![sending(to, event)])
        }
        _ => Err("nothing says where it belongs".to_owned()),
    }
}

/// The targets of a rule that reach what a dead letter names.
fn targets_with<'t>(
    rule: &str,
    arn: &str,
    targets: Option<&'t Reading<Vec<Target>>>,
) -> Result<Vec<&'t Target>, String> {
    let name = Arn::parse(rule).map_or(rule, |rule| rule.name());
    match targets {
        Some(Reading::Found(targets)) => {
            let found: Vec<_> = targets.iter().filter(|target| target.arn == arn).collect();
            if found.is_empty() {
                return Err(format!("its rule {name} no longer has the target {arn}"));
            }
            Ok(found)
        }
        Some(Reading::Refused(why)) => Err(why.clone()),
        Some(Reading::Absent) => Err(format!("its rule {name} is no longer there")),
        None => Err(format!("{rule} is no rule")),
    }
}

/// Who is behind an ARN.
fn receiver(arn: &str, group: Option<String>) -> Result<To, String> {
    let parsed = Arn::parse(arn).map_err(|_| format!("its target `{arn}` is no ARN"))?;
    if let Some(function) = parsed.function() {
        return Ok(To::Function {
            arn: parsed.unqualified().to_owned(),
            qualifier: function.qualifier.map(str::to_owned),
        });
    }
    if let Some(name) = parsed.queue_name() {
        return Ok(To::Queue {
            name: name.to_owned(),
            account: Some(parsed.account().to_owned()),
            group,
            attributes: BTreeMap::new(),
        });
    }
    if parsed.bus_name().is_some() {
        return Ok(To::Bus {
            arn: arn.to_owned(),
        });
    }
    let way = match parsed.service() {
        "sns" => "`aws sns publish --topic-arn`",
        "states" => "`aws stepfunctions start-execution --state-machine-arn`",
        "kinesis" => "`aws kinesis put-record --stream-arn`",
        "firehose" => "`aws firehose put-record --delivery-stream-name`",
        _ => "what its service has for that",
    };
    Err(format!(
        "this command sends to functions, queues and buses, and not to {arn}: send it with {way}, then delete it; or replay \
         the archive to its rule with `codegen replay`"
    ))
}

/// What a target receives of an event.
fn input(event: &str, rule: &str, target: &Target) -> Result<String, String> {
    let unusable = |error: TransformerError| {
        format!("what its target receives cannot be made of the event: {error}")
    };
    match &target.input {
        Input::Event => Ok(event.to_owned()),
        Input::Constant(text) => Ok(text.clone()),
        Input::Path(path) => {
            let path = InputPath::parse(path).map_err(unusable)?;
            // A path that finds nothing sends JSON's `null`, as the local bus does.
            let found = path.apply(event).map_err(unusable)?;
            Ok(found.unwrap_or_else(|| "null".to_owned()))
        }
        Input::Transformer { paths, template } => {
            let transformer = InputTransformer::new(paths.clone(), template).map_err(unusable)?;
            let envelope: Envelope = serde_json::from_str(event)
                .map_err(|_| "it is no event, of which its target's input is made".to_owned())?;
            let name = Arn::parse(rule).map_or(rule, |rule| rule.name());
            let facts = RuleFacts::new(rule, name, envelope.time);
            transformer.apply(event, &facts).map_err(unusable)
        }
    }
}

#[cfg(test)]
mod tests;
