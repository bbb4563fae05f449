//! What a target reaches, as a spec has it.

use eventbridge::arn::{Arn, FunctionName};

use crate::aws::deployed::Starts;
use crate::import::draft::{Place, Setting};

/// What a target reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    /// A function, by its name or ARN, with the version or alias behind it.
    Function(String),
    /// Something else.
    Place(Place),
}

/// The account and the region that are imported, if anything says them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Home<'h> {
    /// The region and the account.
    place: Option<(&'h str, &'h str)>,
}

impl<'h> Home<'h> {
    /// Takes them from the first of some ARNs that says both.
    pub(super) fn new(arns: impl IntoIterator<Item = &'h str>) -> Self {
        let places = arns.into_iter().filter_map(|arn| {
            let arn = Arn::parse(arn).ok()?;
            let is_known = !arn.region().is_empty() && is_account(arn.account());
            is_known.then(|| (arn.region(), arn.account()))
        });
        Self {
            place: places.into_iter().next(),
        }
    }

    /// Whether an ARN is in the account and the region; nothing if that is not known.
    fn has(self, arn: Arn<'_>) -> Option<bool> {
        // Templates make up both where they mean their own.
        if !is_account(arn.account()) {
            return Some(true);
        }
        let (region, account) = self.place?;
        Some((arn.region(), arn.account()) == (region, account))
    }
}

/// Whether a text is the id of an account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl To {
    /// Reads the ARN of a target.
    ///
    /// # Errors
    /// Why a spec cannot name it.
    pub(super) fn new(
        arn: &str,
        group: Option<&str>,
        partition_key: Option<&str>,
        home: Home<'_>,
    ) -> Result<Self, String> {
        let Ok(parsed) = Arn::parse(arn) else {
            return Err(format!("it invokes {arn}, which is no ARN"));
        };
        if let Some(function) = parsed.function() {
            return named_function(parsed, function, home).map(Self::Function);
        }
        let (kind, before) = place_of(parsed)?;
        let name = parsed.resource().strip_prefix(before).unwrap_or_default();
        let existing = match home.has(parsed) {
            Some(true) => name.to_owned(),
            Some(false) | None => arn.to_owned(),
        };
        Ok(Self::Place(Place {
            kind,
            existing,
            group: group.map(str::to_owned),
            partition_key: partition_key.map(str::to_owned),
            starts: Vec::new(),
        }))
    }

    /// The same with what it starts there.
    ///
    /// # Errors
    /// The spec says that of what starts tasks and jobs alone, and has to.
    pub(super) fn starting(self, starts: Option<&Starts>, home: Home<'_>) -> Result<Self, String> {
        let is_right = |kind: &str| match starts {
            Some(Starts::Task { .. }) => kind == "task",
            Some(Starts::Job { .. }) => kind == "batch",
            None => kind != "task" && kind != "batch",
        };
        match (self, starts) {
            (Self::Place(place), _) if !is_right(place.kind) => Err(format!(
                "what it starts in {} is more than a spec says, or not said in full",
                place.existing
            )),
            (Self::Place(place), Some(starts)) => Ok(Self::Place(Place {
                starts: settings(starts, home),
                ..place
            })),
            (other, _) => Ok(other),
        }
    }

    pub(super) fn is_function(&self) -> bool {
        matches!(self, Self::Function(_))
    }

    /// What its job is called after.
    pub(super) fn name(&self) -> &str {
        let said = match self {
            Self::Function(name) => name,
            Self::Place(place) => &place.existing,
        };
        let name = Arn::parse(said).map_or(said.as_str(), |arn| arn.name());
        // An API destination has an id behind its name.
        match self {
            Self::Place(Place { kind: "api", .. }) => name.split('/').next().unwrap_or(name),
            Self::Place(_) => name.strip_suffix(".fifo").unwrap_or(name),
            Self::Function(_) => name,
        }
    }
}

/// A function as `existing` names it.
fn named_function(
    arn: Arn<'_>,
    function: FunctionName<'_>,
    home: Home<'_>,
) -> Result<String, String> {
    let FunctionName { name, qualifier } = function;
    if home.has(arn) == Some(false) {
        return Err(format!(
            "it invokes {}, and only the owner of that account or region may let it in",
            arn.as_str()
        ));
    }
    // `$LATEST` is what runs without a qualifier, and a permission cannot name it.
    let qualifier = qualifier.filter(|qualifier| *qualifier != "$LATEST");
    let qualifier = qualifier.map_or_else(String::new, |qualifier| format!(":{qualifier}"));
    Ok(match home.has(arn) {
        Some(_) => format!("{name}{qualifier}"),
        None => format!("{}{qualifier}", arn.unqualified()),
    })
}

/// What is started, by the keys of the spec. A definition of the same account and region has its name.
fn settings(starts: &Starts, home: Home<'_>) -> Vec<(&'static str, Setting)> {
    let named = |definition: &str| {
        let arn = Arn::parse(definition).ok();
        let arn = arn.filter(|arn| home.has(*arn) == Some(true));
        let name = arn.and_then(|arn| arn.resource().split_once('/'));
        Setting::Text(name.map_or(definition, |(_, name)| name).to_owned())
    };
    match starts {
        Starts::Task {
            definition,
            launch_type,
            count,
        } => vec![
            ("definition", named(definition)),
            ("launch_type", Setting::Text(launch_type.to_lowercase())),
            ("count", Setting::Number(*count)),
        ],
        Starts::Job {
            definition,
            name,
            attempts,
            array_size,
        } => {
            let numbers = [("attempts", attempts), ("array_size", array_size)];
            let numbers = numbers.into_iter();
            let numbers =
                numbers.filter_map(|(key, number)| Some((key, Setting::Number((*number)?))));
            [
                ("definition", named(definition)),
                ("job_name", Setting::Text(name.clone())),
            ]
            .into_iter()
            .chain(numbers)
            .collect()
        }
    }
}

/// The key of `deliver_to` for a resource, and what its ARN has in front of the name.
fn place_of(arn: Arn<'_>) -> Result<(&'static str, &'static str), String> {
    const PLACES: [(&str, &str, &str); 9] = [
        ("ecs", "cluster/", "task"),
        ("batch", "job-queue/", "batch"),
        ("sqs", "", "queue"),
        ("sns", "", "topic"),
        ("kinesis", "stream/", "stream"),
        ("firehose", "deliverystream/", "firehose"),
        ("states", "stateMachine:", "state_machine"),
        ("events", "event-bus/", "bus"),
        ("events", "api-destination/", "api"),
    ];
    let places = PLACES.into_iter();
    let mut places = places.filter(|(service, before, _)| {
        arn.service() == *service && arn.resource().starts_with(before)
    });
    if let Some((_, before, kind)) = places.next() {
        return Ok((kind, before));
    }
    let what = match arn.service() {
        "logs" => "it writes to the log group",
        _ => "it reaches",
    };
    Err(format!(
        "{what} {}, which an import does not take over",
        arn.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arn: &str, home: &str, expected: &str) {
        let to = To::new(arn, None, None, Home::new([home]));
        let said = match to {
            Ok(to) => {
                let name = to.name().to_owned();
                match to {
                    To::Function(text) => format!("function {text} ({name})"),
                    To::Place(place) => format!("{} {} ({name})", place.kind, place.existing),
                }
            }
            Err(why) => why,
        };
        assert_eq!(said, expected, "{arn}");
    }

    #[test]
    fn what_is_here_has_a_name_and_what_is_elsewhere_an_arn() {
        let here = "arn:aws:events:eu-west-1:123456789012:rule/r";
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:mail";
        check(function, here, "function mail (mail)");
        check(
            &format!("{function}:live"),
            here,
            "function mail:live (mail:live)",
        );
        check(&format!("{function}:$LATEST"), here, "function mail (mail)");
        // Nothing says what is here.
        check(function, "", &format!("function {function} (mail)"));
        check(
            "arn:aws:lambda:region:account:function:mail",
            "",
            "function mail (mail)",
        );
        check(
            "arn:aws:lambda:eu-west-1:999999999999:function:mail",
            here,
            "it invokes arn:aws:lambda:eu-west-1:999999999999:function:mail, and only the owner of that account or region may let it in",
        );
        check(
            "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
            here,
            "queue orders.fifo (orders)",
        );
        let other = "arn:aws:events:us-east-1:123456789012:event-bus/orders";
        check(other, here, &format!("bus {other} (orders)"));
        check(
            "arn:aws:events:eu-west-1:123456789012:api-destination/crm/0b1c",
            here,
            "api crm/0b1c (crm)",
        );
        check(
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/x",
            here,
            "it writes to the log group arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/x, which an import does not take over",
        );
        check("mail", here, "it invokes mail, which is no ARN");
    }
}
