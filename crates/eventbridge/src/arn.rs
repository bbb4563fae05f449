//! ARNs: the names that AWS gives to everything.
//!
//! Sources: the IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)", and the
//! Service Authorization Reference, which lists the ARNs of each service.

use std::fmt;

/// The bus that every account has, on which a rule is if its ARN names none.
pub const DEFAULT_BUS: &str = "default";

/// An ARN: `arn:partition:service:region:account:resource`.
///
/// It borrows its text, so what it returns lives as long as the text does.
///
/// ```
/// use eventbridge::arn::Arn;
///
/// let arn = Arn::parse("arn:aws:lambda:eu-central-1:123456789012:function:mail:live")?;
/// assert_eq!(arn.region(), "eu-central-1");
/// let function = arn.function().ok_or("not a function")?;
/// assert_eq!((function.name, function.qualifier), ("mail", Some("live")));
///
/// let error = Arn::parse("mail").unwrap_err();
/// assert_eq!(error.to_string(), "an ARN begins with `arn:`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'t> {
    text: &'t str,
    partition: &'t str,
    service: &'t str,
    region: &'t str,
    account: &'t str,
    resource: &'t str,
}

/// A function of Lambda, as an ARN names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionName<'t> {
    /// The name of the function.
    pub name: &'t str,
    /// A version or an alias of it, if the ARN has one.
    pub qualifier: Option<&'t str>,
}

/// A rule of EventBridge, as an ARN names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleName<'t> {
    /// The name of its bus; `default` if the ARN has none.
    pub bus: &'t str,
    /// The name of the rule.
    pub name: &'t str,
}

/// A text that is no ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnError {
    message: &'static str,
}

impl<'t> Arn<'t> {
    /// Reads an ARN. Region and account may be empty, as in `arn:aws:s3:::bucket`.
    ///
    /// Only the form is checked: whether the service, the region or the account exist is not.
    ///
    /// # Errors
    /// A text that does not begin with `arn:`, a part that is missing, or a partition that is not one of
    /// AWS.
    pub fn parse(text: &'t str) -> Result<Self, ArnError> {
        let refuse = |message| Err(ArnError { message });
        let Some(rest) = text.strip_prefix("arn:") else {
            return refuse("an ARN begins with `arn:`");
        };
        // The resource is the rest, as it may have colons of its own.
        let mut parts = rest.splitn(5, ':');
        let parts: [Option<&str>; 5] = std::array::from_fn(|_| parts.next());
        let [
            Some(partition),
            Some(service),
            Some(region),
            Some(account),
            Some(resource),
        ] = parts
        else {
            return refuse("an ARN has six parts: `arn:partition:service:region:account:resource`");
        };
        if partition != "aws" && !partition.starts_with("aws-") {
            return refuse("the partition of an ARN is `aws`, or begins with `aws-`");
        }
        if service.is_empty() {
            return refuse("the service of the ARN is empty");
        }
        if resource.is_empty() {
            return refuse("the resource of the ARN is empty");
        }
        Ok(Self {
            text,
            partition,
            service,
            region,
            account,
            resource,
        })
    }

    /// The whole text.
    pub fn as_str(&self) -> &'t str {
        self.text
    }

    /// The partition: `aws`, `aws-cn`, `aws-us-gov` and others.
    pub fn partition(&self) -> &'t str {
        self.partition
    }

    /// The service: `lambda`, `sqs`, `events`.
    pub fn service(&self) -> &'t str {
        self.service
    }

    /// The region; empty for what is in no region, as roles and S3 buckets.
    pub fn region(&self) -> &'t str {
        self.region
    }

    /// The account, usually twelve digits; empty for what is in no account, as S3 buckets.
    pub fn account(&self) -> &'t str {
        self.account
    }

    /// Everything behind the account: `function:mail`, `rule/orders/on-created`, `my-queue`.
    pub fn resource(&self) -> &'t str {
        self.resource
    }

    /// The function that it names, with its version or alias; nothing if it is of something else.
    pub fn function(&self) -> Option<FunctionName<'t>> {
        let named = self.resource_of("lambda", "function:")?;
        let (name, qualifier) = match named.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (named, None),
        };
        // A qualifier has no colons: with more of them, this is the ARN of something else.
        let is_one = !name.is_empty()
            && qualifier.is_none_or(|qualifier| !qualifier.is_empty() && !qualifier.contains(':'));
        is_one.then_some(FunctionName { name, qualifier })
    }

    /// The text without the version or alias of a function at its end.
    pub fn unqualified(&self) -> &'t str {
        let qualifier = self.function().and_then(|function| function.qualifier);
        let qualifier = qualifier.map_or(0, |qualifier| qualifier.len() + ":".len());
        &self.text[..self.text.len() - qualifier]
    }

    /// The name of the queue of SQS; nothing if it is of something else.
    pub fn queue_name(&self) -> Option<&'t str> {
        // In SQS nothing stands before the name.
        let name = self.resource_of("sqs", "")?;
        (!name.contains([':', '/'])).then_some(name)
    }

    /// The name of the IAM role, without the path before it; nothing if it is of something else.
    pub fn role_name(&self) -> Option<&'t str> {
        let path_and_name = self.resource_of("iam", "role/")?;
        let name = path_and_name.rsplit('/').next()?;
        (!name.is_empty()).then_some(name)
    }

    /// The name of the event bus; nothing if it is of something else.
    pub fn bus_name(&self) -> Option<&'t str> {
        // Slashes belong to the name: `aws.partner/example.com/orders` is one.
        self.resource_of("events", "event-bus/")
    }

    /// The rule of EventBridge that it names, with its bus; nothing if it is of something else.
    pub fn rule(&self) -> Option<RuleName<'t>> {
        let named = self.resource_of("events", "rule/")?;
        // The name of a rule has no slash, and that of its bus may have some. AWS leaves out the default bus.
        let (bus, name) = named.rsplit_once('/').unwrap_or((DEFAULT_BUS, named));
        (!bus.is_empty() && !name.is_empty()).then_some(RuleName { bus, name })
    }

    /// The name of the log group; nothing if it is of something else.
    pub fn log_group_name(&self) -> Option<&'t str> {
        // CloudWatch appends `:*` in some responses, and `:log-stream:…` for a stream.
        let name = self.resource_of("logs", "log-group:")?.split(':').next()?;
        (!name.is_empty()).then_some(name)
    }

    /// The name by which people know it: that of a function, queue, role, bus, rule or log group, and the whole
    /// resource if it is something else.
    pub fn name(&self) -> &'t str {
        let function = self.function().map(|function| function.name);
        let rule = || self.rule().map(|rule| rule.name);
        function
            .or_else(|| self.queue_name())
            .or_else(|| self.role_name())
            .or_else(|| self.bus_name())
            .or_else(rule)
            .or_else(|| self.log_group_name())
            .unwrap_or(self.resource)
    }

    /// The ARN of a resource of another service in the partition, region and account of this one.
    pub fn beside(&self, service: &str, resource: &str) -> String {
        let Self {
            partition,
            region,
            account,
            ..
        } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// What stands behind the kind of a service's resource, if it is one of that kind.
    fn resource_of(&self, service: &str, kind: &str) -> Option<&'t str> {
        let named = self.resource.strip_prefix(kind)?;
        (self.service == service && !named.is_empty()).then_some(named)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Arn").field(&self.text).finish()
    }
}

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for ArnError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arn(text: &str) -> Arn<'_> {
        Arn::parse(text).unwrap()
    }

    #[test]
    fn an_arn_has_six_parts_of_which_two_may_be_empty() {
        for (text, parts) in [
            (
                "arn:aws:sqs:eu-central-1:123456789012:orders",
                ["aws", "sqs", "eu-central-1", "123456789012", "orders"],
            ),
            ("arn:aws:s3:::bucket", ["aws", "s3", "", "", "bucket"]),
            (
                "arn:aws-cn:iam::123456789012:role/a",
                ["aws-cn", "iam", "", "123456789012", "role/a"],
            ),
            (
                "arn:aws-us-gov:logs:us-gov-west-1:1:log-group:/a:*",
                ["aws-us-gov", "logs", "us-gov-west-1", "1", "log-group:/a:*"],
            ),
            ("arn:aws-iso-b:sqs:::q", ["aws-iso-b", "sqs", "", "", "q"]),
        ] {
            let arn = arn(text);
            let found = [
                arn.partition(),
                arn.service(),
                arn.region(),
                arn.account(),
                arn.resource(),
            ];
            assert_eq!(found, parts, "{text}");
            assert_eq!(arn.to_string(), text);
            assert_eq!(arn.as_str(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let six = "an ARN has six parts: `arn:partition:service:region:account:resource`";
        for (text, message) in [
            ("", "an ARN begins with `arn:`"),
            ("arn", "an ARN begins with `arn:`"),
            ("mail", "an ARN begins with `arn:`"),
            ("ARN:aws:sqs:r:a:q", "an ARN begins with `arn:`"),
            ("arn:", six),
            ("arn:aws:sqs:r:a", six),
            (
                "arn:azure:sqs:r:a:q",
                "the partition of an ARN is `aws`, or begins with `aws-`",
            ),
            ("arn:aws::r:a:q", "the service of the ARN is empty"),
            ("arn:aws:sqs:r:a:", "the resource of the ARN is empty"),
        ] {
            let error = Arn::parse(text).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }

    #[test]
    fn a_function_has_a_name_and_perhaps_a_qualifier() {
        for (text, function, unqualified) in [
            (
                "arn:aws:lambda:r:a:function:mail",
                Some(("mail", None)),
                "arn:aws:lambda:r:a:function:mail",
            ),
            (
                "arn:aws:lambda:r:a:function:mail:live",
                Some(("mail", Some("live"))),
                "arn:aws:lambda:r:a:function:mail",
            ),
            (
                "arn:aws:lambda:r:a:function:mail:$LATEST",
                Some(("mail", Some("$LATEST"))),
                "arn:aws:lambda:r:a:function:mail",
            ),
            (
                "arn:aws:lambda:r:a:function:",
                None,
                "arn:aws:lambda:r:a:function:",
            ),
            (
                "arn:aws:lambda:r:a:function:mail:",
                None,
                "arn:aws:lambda:r:a:function:mail:",
            ),
            (
                "arn:aws:lambda:r:a:function:mail:live:more",
                None,
                "arn:aws:lambda:r:a:function:mail:live:more",
            ),
            (
                "arn:aws:lambda:r:a:layer:mail:1",
                None,
                "arn:aws:lambda:r:a:layer:mail:1",
            ),
            (
                "arn:aws:sqs:r:a:function:mail",
                None,
                "arn:aws:sqs:r:a:function:mail",
            ),
        ] {
            let arn = arn(text);
            let found = arn.function();
            let found = found.map(|function| (function.name, function.qualifier));
            assert_eq!(found, function, "{text}");
            assert_eq!(arn.unqualified(), unqualified);
        }
    }

    #[test]
    fn a_rule_is_on_the_default_bus_if_its_arn_names_none() {
        for (resource, rule) in [
            ("rule/nightly", Some(("default", "nightly"))),
            ("rule/orders/created", Some(("orders", "created"))),
            (
                "rule/aws.partner/example.com/orders/created",
                Some(("aws.partner/example.com/orders", "created")),
            ),
            ("rule/", None),
            ("rule/orders/", None),
            ("rule//created", None),
            ("event-bus/orders", None),
        ] {
            let text = format!("arn:aws:events:r:a:{resource}");
            let found = arn(&text).rule().map(|rule| (rule.bus, rule.name));
            assert_eq!(found, rule, "{text}");
        }
    }

    #[test]
    fn others_have_one_name() {
        type Name = fn(&Arn<'static>) -> Option<&'static str>;
        for (text, of_kind, name) in [
            (
                "arn:aws:sqs:r:a:dead",
                Arn::queue_name as Name,
                Some("dead"),
            ),
            (
                "arn:aws:sqs:r:a:dead.fifo",
                Arn::queue_name,
                Some("dead.fifo"),
            ),
            ("arn:aws:sqs:r:a:x:dead", Arn::queue_name, None),
            ("arn:aws:sns:r:a:dead", Arn::queue_name, None),
            ("arn:aws:iam::a:role/runs", Arn::role_name, Some("runs")),
            (
                "arn:aws:iam::a:role/aws-service-role/x/runs",
                Arn::role_name,
                Some("runs"),
            ),
            ("arn:aws:iam::a:role/x/", Arn::role_name, None),
            ("arn:aws:iam::a:user/runs", Arn::role_name, None),
            (
                "arn:aws:events:r:a:event-bus/orders",
                Arn::bus_name,
                Some("orders"),
            ),
            (
                "arn:aws:events:r:a:event-bus/aws.partner/example.com/orders",
                Arn::bus_name,
                Some("aws.partner/example.com/orders"),
            ),
            ("arn:aws:events:r:a:event-bus/", Arn::bus_name, None),
            ("arn:aws:events:r:a:rule/orders", Arn::bus_name, None),
            (
                "arn:aws:logs:r:a:log-group:/aws/lambda/f",
                Arn::log_group_name,
                Some("/aws/lambda/f"),
            ),
            (
                "arn:aws:logs:r:a:log-group:/aws/lambda/f:*",
                Arn::log_group_name,
                Some("/aws/lambda/f"),
            ),
            (
                "arn:aws:logs:r:a:log-group:g:log-stream:s",
                Arn::log_group_name,
                Some("g"),
            ),
            ("arn:aws:logs:r:a:log-group::*", Arn::log_group_name, None),
        ] {
            assert_eq!(of_kind(&arn(text)), name, "{text}");
        }
    }

    #[test]
    fn everything_has_a_name_for_people() {
        for (text, name) in [
            ("arn:aws:lambda:r:a:function:mail:live", "mail"),
            ("arn:aws:sqs:r:a:dead", "dead"),
            ("arn:aws:iam::a:role/x/runs", "runs"),
            ("arn:aws:events:r:a:event-bus/orders", "orders"),
            ("arn:aws:events:r:a:rule/orders/created", "created"),
            ("arn:aws:logs:r:a:log-group:g:*", "g"),
            (
                "arn:aws:states:r:a:stateMachine:billing",
                "stateMachine:billing",
            ),
        ] {
            assert_eq!(arn(text).name(), name, "{text}");
        }
    }

    #[test]
    fn one_arn_leads_to_others_beside_it() {
        let function = arn("arn:aws-cn:lambda:cn-north-1:123456789012:function:mail");
        let rule = function.beside("events", "rule/orders/created");
        assert_eq!(
            rule,
            "arn:aws-cn:events:cn-north-1:123456789012:rule/orders/created"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_is_read_or_refused(text in prop_oneof![any::<String>(), "arn:aws(-cn)?:(lambda|sqs|events|iam|logs):[a-z:/é]{0,24}"]) {
            if let Ok(arn) = Arn::parse(&text) {
                prop_assert_eq!(arn.as_str(), &text);
                prop_assert!(text.starts_with(arn.unqualified()));
                let _ = (arn.function(), arn.queue_name(), arn.role_name());
                let _ = (arn.bus_name(), arn.rule(), arn.log_group_name());
                prop_assert!(!arn.name().is_empty());
            }
        }

        #[test]
        fn parts_come_back(
            partition in "aws(-[a-z]{1,4}){0,2}",
            service in "[a-z0-9-]{1,8}",
            region in "[a-z0-9-]{0,8}",
            account in "[0-9]{0,12}",
            resource in ".+",
        ) {
            let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
            let arn = Arn::parse(&text).unwrap();
            prop_assert_eq!(
                [arn.partition(), arn.service(), arn.region(), arn.account(), arn.resource()],
                [&partition, &service, &region, &account, &resource]
            );
            prop_assert_eq!(arn.beside(&service, &resource), text);
        }
    }
}
