//! The state of a root module: as Terraform keeps it, or as `terraform show -json` prints it.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use serde_json::Value;

use super::address::{Address, Step};

/// An instance of a resource that Terraform manages.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) address: Address,
    /// The type of the resource.
    pub(super) kind: String,
    values: Value,
    /// The attributes that must not be shown.
    sensitive: BTreeSet<String>,
    /// Whether the next apply makes it anew.
    pub(super) is_tainted: bool,
}

/// The deepest nesting of modules that is read.
const DEPTH_MAX: usize = 64;

/// Reads every managed instance, in the order of the addresses.
///
/// # Errors
/// A text that is no state.
pub(super) fn read_instances(text: &str) -> anyhow::Result<Vec<Instance>> {
    let document: Value = serde_json::from_str(text).context(
        "it is no JSON: give `terraform.tfstate`, or what `terraform show -json` prints",
    )?;
    let mut instances = Vec::new();
    if document["format_version"].is_string() {
        // A plan has the state that it is for inside of it.
        let values = match document.get("prior_state") {
            Some(state) => &state["values"],
            None => &document["values"],
        };
        if !values.is_object() {
            bail!("the state is empty");
        }
        add_module(&values["root_module"], 0, &mut instances)?;
    } else if document["resources"].is_array() && document["version"].is_u64() {
        let version = &document["version"];
        if *version != 4 {
            bail!("it is a state of version {version}: give what `terraform show -json` prints");
        }
        for resource in array(&document["resources"]) {
            add_resource(resource, &mut instances)?;
        }
    } else {
        bail!(
            "it is neither a `terraform.tfstate` nor what `terraform show -json` prints of a state or a plan"
        );
    }
    instances.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(instances)
}

/// Adds what `terraform show -json` prints of a module.
fn add_module(module: &Value, depth: usize, instances: &mut Vec<Instance>) -> anyhow::Result<()> {
    if depth > DEPTH_MAX {
        bail!("its modules are nested more than {DEPTH_MAX} deep");
    }
    let place = module["address"].as_str().unwrap_or_default();
    for resource in array(&module["resources"]) {
        // What is deposed is destroyed by the next apply.
        if resource["mode"] != "managed" || resource["deposed_key"].is_string() {
            continue;
        }
        let sensitive = resource["sensitive_values"].as_object();
        let sensitive = sensitive.into_iter().flatten();
        let sensitive = sensitive.filter(|(_, hidden)| has_true(hidden));
        instances.push(Instance {
            address: address_of(place, resource, &resource["index"])?,
            kind: text(&resource["type"]),
            values: resource["values"].clone(),
            sensitive: sensitive.map(|(key, _)| key.clone()).collect(),
            is_tainted: resource["tainted"] == true,
        });
    }
    for child in array(&module["child_modules"]) {
        add_module(child, depth + 1, instances)?;
    }
    Ok(())
}

/// Adds the instances of a resource as a state file has them.
fn add_resource(resource: &Value, instances: &mut Vec<Instance>) -> anyhow::Result<()> {
    if resource["mode"] != "managed" {
        return Ok(());
    }
    let place = resource["module"].as_str().unwrap_or_default();
    for instance in array(&resource["instances"]) {
        if instance["deposed"].is_string() {
            continue;
        }
        // Each is a path of steps, of which the first is an attribute.
        let paths = array(&instance["sensitive_attributes"]);
        let sensitive = paths.filter_map(|path| {
            let first = path.get(0).unwrap_or(path);
            Some(first["value"].as_str()?.to_owned())
        });
        instances.push(Instance {
            address: address_of(place, resource, &instance["index_key"])?,
            kind: text(&resource["type"]),
            values: instance["attributes"].clone(),
            sensitive: sensitive.collect(),
            is_tainted: instance["status"] == "tainted",
        });
    }
    Ok(())
}

fn address_of(module: &str, resource: &Value, key: &Value) -> anyhow::Result<Address> {
    let kind = text(&resource["type"]);
    let name = text(&resource["name"]);
    let key = match key {
        Value::Number(number) => Some(number.as_u64().map(Step::Number)),
        Value::String(key) => Some(Some(Step::Key(key.clone()))),
        _ => None,
    };
    let address = match key {
        Some(None) => None,
        Some(key) => Address::of_resource(module, &kind, &name, key),
        None => Address::of_resource(module, &kind, &name, None),
    };
    address.with_context(|| {
        format!("it has a resource without an address: `{module}` `{kind}` `{name}`")
    })
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn has_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::Array(items) => items.iter().any(has_true),
        Value::Object(entries) => entries.values().any(has_true),
        _ => false,
    }
}

impl Instance {
    /// An attribute, or nothing if it says nothing.
    ///
    /// # Errors
    /// It must not be shown.
    fn value(&self, key: &str) -> Result<&Value, String> {
        if self.sensitive.contains(key) {
            return Err(format!(
                "its `{key}` is sensitive, and a spec is not the place for it"
            ));
        }
        Ok(&self.values[key])
    }

    /// A text that says something.
    ///
    /// # Errors
    /// It must not be shown.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, String> {
        Ok(said(self.value(key)?))
    }

    /// A nested block of which there is one at most.
    ///
    /// # Errors
    /// It must not be shown.
    pub(super) fn block(&self, key: &str) -> Result<Option<&Value>, String> {
        Ok(first_block(self.value(key)?))
    }

    /// A text; nothing if it is sensitive.
    pub(super) fn shown(&self, key: &str) -> Option<&str> {
        self.text(key).ok().flatten()
    }

    /// A number or a flag; null if it is sensitive.
    pub(super) fn plain(&self, key: &str) -> &Value {
        self.value(key).unwrap_or(&Value::Null)
    }
}

/// The one block of a list.
pub(super) fn first_block(value: &Value) -> Option<&Value> {
    value.get(0).filter(|block| block.is_object())
}

/// The provider writes what is not said as an empty text.
pub(super) fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
