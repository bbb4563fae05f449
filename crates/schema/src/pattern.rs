//! The event pattern language: objects, whose leaves are lists of values and operators.

use eventbridge::pattern::RESERVED_IN_OR;
use serde_json::json;

use super::Schema;
use super::node::Type;

/// What every operator makes on AWS.
const IN_THE_RULE: &str = "The same in the rule's event pattern.";

/// An object of a pattern.
pub(super) fn pattern() -> Schema {
    fields()
        .describe("An event pattern: all of its fields must match, and of each list one element. `$or` takes a list of patterns of which one must match.")
        .kind("event pattern")
        .example(json!({ "source": ["aws.s3"] }))
        .example(json!({ "detail": { "state": [{ "prefix": "run" }] } }))
        .on_aws("A rule on the pipeline's bus with this event pattern.")
}

/// An object of a pattern, of which nothing is said yet.
pub(super) fn fields() -> Schema {
    object("pattern")
}

/// An object inside `$or`. No field in it can have the name of an operator.
pub(super) fn or_branch() -> Schema {
    object("or-branch")
        .describe("A pattern inside `$or`. Its fields cannot have the names of operators.")
        .names(Schema::default().except(Schema::choice(RESERVED_IN_OR)))
}

fn object(nested: &str) -> Schema {
    let field = [Schema::reference("values"), Schema::reference(nested)];
    let branches = Schema::list(Schema::reference("or-branch")).items_between(2, None);
    Schema::each(Schema::any_of(field.clone()))
        .keys_between(1, None)
        // If it does not hold patterns, `$or` is a field like any other.
        .key(
            "$or",
            Schema::any_of([vec![branches], field.to_vec()].concat())
                .describe("A list of at least two patterns, of which one must match.")
                .kind("list of event patterns")
                .example(json!([{ "country": ["DE"] }, { "express": [true] }]))
                .on_aws(IN_THE_RULE),
        )
}

/// The list at a leaf.
pub(super) fn values() -> Schema {
    Schema::list(Schema::any_of([
        // In EventBridge, null matches a field that is null, not one that is absent.
        Schema::of([Type::String, Type::Number, Type::Boolean, Type::Null]),
        Schema::reference("operator"),
    ]))
    .items_between(1, None)
    .describe("What the field may be: values and operators, of which one must match.")
    .example(vec!["premium"])
    .example(vec![json!({ "prefix": "eu-" })])
    .example(vec![json!({ "numeric": [">=", 0, "<", 10] })])
}

pub(super) fn operator() -> Schema {
    let any_case = one_operator().key("equals-ignore-case", Schema::string());
    let edge = |what: &str| {
        Schema::any_of([Schema::string(), any_case.clone()])
            .describe(format!(
                "What the text {what}; `equals-ignore-case` inside it lets the case differ."
            ))
            .kind("text, or `{ equals-ignore-case: text }`")
            .on_aws(IN_THE_RULE)
    };
    one_operator()
        .describe(
            "An operator. Several operators are several mappings: `[{ prefix: a }, { suffix: z }]`.",
        )
        .key("prefix", edge("starts with").example("eu-"))
        .key("suffix", edge("ends in").example(".csv"))
        .key(
            "equals-ignore-case",
            Schema::string()
                .describe("The text, in small letters or capitals.")
                .example("express")
                .on_aws(IN_THE_RULE),
        )
        .key(
            "wildcard",
            Schema::string()
                .describe("The text, with `*` for any characters.")
                .example("*.csv")
                .on_aws(IN_THE_RULE),
        )
        .key(
            "exactly",
            Schema::string()
                .describe("The text itself.")
                .example("express")
                .on_aws(IN_THE_RULE),
        )
        .key("anything-but", anything_but())
        .key("numeric", numeric())
        .key(
            "exists",
            Schema::boolean()
                .describe("Whether the field is there at all.")
                .example(false)
                .on_aws(IN_THE_RULE),
        )
        .key(
            "cidr",
            Schema::string()
                .describe("A range of IP addresses.")
                .kind("text such as `10.0.0.0/8`")
                .example("10.0.0.0/8")
                .on_aws(IN_THE_RULE)
                .matching("^[0-9A-Fa-f:.]+/[0-9]+$"),
        )
}

/// A mapping with one operator in it.
fn one_operator() -> Schema {
    Schema::mapping().keys_between(1, Some(1))
}

fn anything_but() -> Schema {
    let (text, number) = (Schema::string(), Schema::of([Type::Number]));
    // EventBridge takes an empty `prefix`, but not inside `anything-but`.
    let edge = Schema::string().characters(1, None);
    let negated = one_operator()
        .key("prefix", one_or_several(edge.clone()))
        .key("suffix", one_or_several(edge))
        .key("equals-ignore-case", one_or_several(text.clone()))
        .key("wildcard", one_or_several(text.clone()));
    // EventBridge refuses strings and numbers in one list of `anything-but`.
    Schema::any_of([one_or_several(text), one_or_several(number), negated])
        .describe("What the value is not: strings or numbers, or one of `prefix`, `suffix`, `equals-ignore-case` and `wildcard`.")
        .kind("text, number, list of either, or one operator with a text or a list of texts")
        .example(vec!["test", "demo"])
        .example(json!({ "prefix": "test-" }))
        .on_aws(IN_THE_RULE)
}

fn one_or_several(one: Schema) -> Schema {
    Schema::any_of([one.clone(), Schema::list(one).items_between(1, None)])
}

fn numeric() -> Schema {
    let number = || Schema::of([Type::Number]);
    Schema::any_of([
        Schema::tuple([Schema::choice(["=", "<", "<=", ">", ">="]), number()]),
        Schema::tuple([
            Schema::choice([">", ">="]),
            number(),
            Schema::choice(["<", "<="]),
            number(),
        ]),
    ])
    .describe("A comparison, or two of them with the lower end first.")
    .kind("list of a comparison and a number, or of two of each")
    .example(json!([">=", 0, "<", 10]))
    .on_aws(IN_THE_RULE)
}
