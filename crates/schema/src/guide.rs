//! The schema for whoever stands at one place of a spec: which keys and words may be there, and what they mean.

use std::fmt::Write as _;

use serde_json::Value;

use super::Schema;
use super::node::{Additional, Type};
use super::page::{Words, with_key};
use super::told::{OnAws, Takes};

/// A step from a value into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'s> {
    /// To the value of a key.
    Key(&'s str),
    /// To an element of a list.
    Item,
}

/// The schema, to be walked.
#[derive(Debug)]
pub struct Guide {
    schema: Schema,
}

/// A key that a mapping may have.
#[derive(Clone, Copy, Debug)]
pub struct Key<'g> {
    /// Its name.
    pub name: &'static str,
    /// Whether the mapping needs it.
    pub is_required: bool,
    /// What its value may be.
    pub value: &'g Schema,
}

impl Default for Guide {
    fn default() -> Self {
        let schema = super::document();
        Self { schema }
    }
}

impl Guide {
    /// The forms that the value at a path may have.
    pub fn forms<'g>(&'g self, path: &[Step<'_>]) -> Vec<&'g Schema> {
        let mut forms = Vec::new();
        self.expand(&self.schema, &mut forms);
        for step in path {
            let mut next = Vec::new();
            for form in forms {
                match step {
                    Step::Key(key) => {
                        let like = match &form.additional_properties {
                            Some(Additional::Like(like)) => Some(&**like),
                            _ => None,
                        };
                        if let Some(value) = form.properties.get::<str>(key).or(like) {
                            self.expand(value, &mut next);
                        }
                    }
                    Step::Item => {
                        let items = form.items.as_deref().into_iter();
                        for item in items.chain(&form.prefix_items) {
                            self.expand(item, &mut next);
                        }
                    }
                }
            }
            forms = next;
        }
        forms
    }

    /// The forms that a value may have.
    pub fn forms_of<'g>(&'g self, value: &'g Schema) -> Vec<&'g Schema> {
        let mut forms = Vec::new();
        self.expand(value, &mut forms);
        forms
    }

    /// The keys that a mapping of one of these forms may have, if it has some already.
    pub fn keys<'g>(&self, forms: &[&'g Schema], present: &[&str]) -> Vec<Key<'g>> {
        let with_all = |form: &&&Schema| {
            let takes_any = form.takes_names();
            present
                .iter()
                .all(|key| takes_any || form.properties.contains_key::<str>(key))
        };
        let mut fitting: Vec<&&Schema> = forms.iter().filter(with_all).collect();
        if fitting.is_empty() {
            fitting = forms.iter().collect();
        }
        let mut keys: Vec<Key<'g>> = Vec::new();
        for form in fitting {
            for (name, value) in &form.properties {
                if keys.iter().any(|key| key.name == *name) {
                    continue;
                }
                let is_required = form.required.contains(name);
                keys.push(Key {
                    name,
                    is_required,
                    value,
                });
            }
        }
        keys.sort_by_key(|key| !key.is_required);
        keys
    }

    /// What a key means, in Markdown.
    pub fn explain(&self, key: &Key<'_>) -> String {
        let value = key.value;
        let definition = self.schema.resolve(value);
        let meaning = [value, definition].into_iter().find_map(|one| {
            let told = one.told.meaning.as_deref();
            told.or(one.description.as_deref())
        });
        let mut text = meaning.unwrap_or_default().to_owned();
        let words = without_links(
            &Words {
                schema: &self.schema,
            }
            .of_value(value),
        );
        let required = if key.is_required { "; required" } else { "" };
        let _infallible = write!(text, "\n\n- Value: {words}{required}");
        if let Some(default) = &value.default {
            let _infallible = write!(text, "\n- Default: `{}`", with_key(key.name, default));
        }
        let on_aws = value.told.on_aws.or(definition.told.on_aws);
        if let Some(OnAws::Makes(what)) = on_aws {
            let _infallible = write!(text, "\n- On AWS: {what}");
        }
        let examples = if value.examples.is_empty() {
            &definition.examples
        } else {
            &value.examples
        };
        if !examples.is_empty() {
            let examples = examples.iter().map(|one| with_key(key.name, one));
            let examples: Vec<String> = examples.collect();
            let _infallible = write!(text, "\n\n```yaml\n{}\n```", examples.join("\n"));
        }
        text
    }

    /// What a value means, in Markdown: of a definition, or of an element.
    pub fn describe<'g>(&'g self, forms: &[&'g Schema]) -> Option<&'g str> {
        forms.iter().find_map(|form| form.description.as_deref())
    }

    fn expand<'g>(&'g self, schema: &'g Schema, forms: &mut Vec<&'g Schema>) {
        let own = self.schema.resolve(schema);
        if own.says_something() {
            forms.push(own);
        }
        for form in own.any_of.iter().chain(&own.one_of) {
            if form.says_something() || form.reference.is_some() {
                self.expand(form, forms);
            }
        }
    }
}

impl Schema {
    /// The words or numbers that a value may be; `true` and `false` for a switch.
    pub fn words(&self) -> Vec<Value> {
        if self.choices.is_empty() && self.types.contains(&Type::Boolean) && !self.is_any_text() {
            return vec![true.into(), false.into()];
        }
        self.choices.clone()
    }

    /// An example, if there is one.
    pub fn sample(&self) -> Option<&Value> {
        self.examples.first()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.types.contains(&Type::Array)
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        self.types.contains(&Type::Object)
    }

    /// Whether a value that environments say may stand in it or instead of it.
    pub fn takes_values(&self) -> bool {
        self.told.takes != Takes::None
    }

    /// Whether its keys are names of the user's own.
    fn takes_names(&self) -> bool {
        matches!(self.additional_properties, Some(Additional::Like(_)))
    }

    /// Whether a boolean is only one of the ways in which YAML writes a text.
    fn is_any_text(&self) -> bool {
        self.types.contains(&Type::Number)
    }

    /// Whether it says which values there may be, and not only which keys have to be there.
    fn says_something(&self) -> bool {
        !self.types.is_empty()
            || !self.choices.is_empty()
            || !self.properties.is_empty()
            || self.items.is_some()
            || self.additional_properties.is_some()
    }
}

/// Markdown without links to other parts of a page that is not there.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(end) = rest.find("](#") {
        let (before, behind) = rest.split_at(end);
        let start = before.rfind('[').unwrap_or(before.len());
        plain.push_str(&before[..start]);
        plain.push_str(before.get(start + 1..).unwrap_or_default());
        rest = behind.find(')').map_or("", |close| &behind[close + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &[Step<'_>], present: &[&str]) -> String {
        let guide = Guide::default();
        let keys = guide.keys(&guide.forms(path), present);
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        names.join(" ")
    }

    const TRIGGER: [Step<'_>; 4] = [
        Step::Key("jobs"),
        Step::Key("any"),
        Step::Key("triggers"),
        Step::Item,
    ];

    #[test]
    fn keys_are_those_of_the_forms_that_may_have_what_is_there() {
        assert!(keys(&[], &[]).starts_with("pipeline source subject"));
        let all = keys(&TRIGGER, &[]);
        assert!(all.starts_with("schedule event pattern"), "{all}");
        let with_event = keys(&TRIGGER, &["event"]);
        assert!(with_event.contains("where"), "{with_event}");
        assert!(!with_event.contains("timezone"), "{with_event}");
        let on_a_leaf = [
            &TRIGGER[..],
            &[Step::Key("where"), Step::Key("x"), Step::Item],
        ]
        .concat();
        assert!(keys(&on_a_leaf, &[]).contains("anything-but"));
    }

    #[test]
    fn a_key_is_explained_without_links() {
        let guide = Guide::default();
        let path = ["jobs", "any", "function"].map(Step::Key);
        let keys = guide.keys(&guide.forms(&path), &[]);
        let memory = keys.iter().find(|key| key.name == "memory_mb").unwrap();
        assert_eq!(
            guide.explain(memory),
            "Memory in MB; the processor's share grows with it.\n\n- Value: whole number, 128 to 10240; or a value\n- On AWS: The memory of the function.\n\n```yaml\nmemory_mb: 512\n```"
        );
        assert_eq!(without_links("a [b](#c) [] d"), "a b [] d");
    }

    #[test]
    fn words_are_choices_and_switches() {
        let guide = Guide::default();
        let words = |path: &[Step<'_>]| -> Vec<Value> {
            guide
                .forms(path)
                .iter()
                .flat_map(|form| form.words())
                .collect()
        };
        let function = ["jobs", "any", "function", "tracing"].map(Step::Key);
        assert_eq!(words(&function), [true, false]);
        let function = ["jobs", "any", "function", "architecture"].map(Step::Key);
        assert_eq!(words(&function), ["arm64", "x86_64"]);
        assert!(words(&["source"].map(Step::Key)).is_empty());
    }
}
