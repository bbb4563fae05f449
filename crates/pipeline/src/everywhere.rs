//! A spec checked for this machine and for every environment.

use crate::settings::{Judged, made_up, merge};
use crate::syntax::Document;
use crate::values::Setting;
use crate::{Parsed, Pipeline, Surroundings};

/// Checks a spec in a setting and in every environment. `environments` is asked only if the spec means something else in
/// another environment; if it knows none, a made-up one says which findings depend on values.
///
/// # Errors
/// What `environments` fails with.
pub fn check<E>(
    document: &Document,
    surroundings: &Surroundings,
    environments: impl FnOnce(&Pipeline) -> Result<Vec<Setting>, E>,
) -> Result<Parsed, E> {
    let mut parsed = crate::check(document, surroundings);
    let Some(pipeline) = &parsed.pipeline else {
        return Ok(parsed);
    };
    if !parsed.has_values && pipeline.values.is_empty() {
        return Ok(parsed);
    }
    let judge = |name: Option<String>, setting: Setting| {
        let surroundings = Surroundings {
            setting,
            ..surroundings.clone()
        };
        let findings = crate::check(document, &surroundings).diagnostics;
        Judged { name, findings }
    };
    let mut judged = vec![Judged {
        name: Some(surroundings.setting.name.clone()),
        findings: std::mem::take(&mut parsed.diagnostics),
    }];
    for setting in environments(pipeline)? {
        judged.push(judge(Some(setting.name.clone()), setting));
    }
    if judged.len() == 1 {
        judged.push(judge(None, made_up(pipeline)));
    }
    parsed.diagnostics = merge(&judged);
    Ok(parsed)
}
