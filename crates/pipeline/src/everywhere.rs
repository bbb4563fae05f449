//! A spec checked for this machine and for every environment.

use crate::lints::shared_bus::{self, Environment, SHARED_BUS};
use crate::settings::{Judged, made_up, merge};
use crate::syntax::Document;
use crate::values::Setting;
use crate::{Parsed, Pipeline, Surroundings};

/// Checks a spec in a setting and in every environment. `environments` is asked only if the spec means something else in
/// another environment, or if its environments may meet on a bus; if it knows none, a made-up one says which findings
/// depend on values.
///
/// # Errors
/// What `environments` fails with.
pub fn check<E>(
    text: &str,
    surroundings: &Surroundings,
    environments: impl FnOnce(&Pipeline) -> Result<Vec<Setting>, E>,
) -> Result<Parsed, E> {
    let (mut parsed, document) = crate::parse_with_tree(text, surroundings);
    let Some(pipeline) = &parsed.pipeline else {
        return Ok(parsed);
    };
    let differs = parsed.has_values || !pipeline.values.is_empty();
    let may_share = parsed.is_complete && shared_bus::may_share(pipeline);
    if parsed.is_complete && !may_share {
        // Whatever the environments are, they do not meet.
        parsed.add(&[&SHARED_BUS], []);
    }
    let Some(pipeline) = parsed.pipeline.as_ref().filter(|_| differs || may_share) else {
        return Ok(parsed);
    };
    let Some(document) = document.or_else(|| Document::read(text).ok()) else {
        return Ok(parsed);
    };
    let settings = environments(pipeline)?;
    let mut elsewhere = Vec::new();
    if differs {
        let judge = |name: Option<String>, setting: Setting| {
            let surroundings = Surroundings {
                setting,
                ..surroundings.clone()
            };
            let read = crate::check(&document, &surroundings);
            let judged = Judged {
                name,
                findings: read.diagnostics,
            };
            (judged, read.pipeline)
        };
        let mut judged = vec![Judged {
            name: Some(surroundings.setting.name.clone()),
            findings: std::mem::take(&mut parsed.diagnostics),
        }];
        for setting in &settings {
            let (there, read) = judge(Some(setting.name.clone()), setting.clone());
            judged.push(there);
            elsewhere.push(read);
        }
        if judged.len() == 1 {
            judged.push(judge(None, made_up(pipeline)).0);
        }
        parsed.diagnostics = merge(&judged);
    }
    if may_share && settings.len() > 1 {
        let read = |at: usize| {
            if differs {
                elsewhere.get(at).and_then(Option::as_ref)
            } else {
                Some(pipeline)
            }
        };
        let environments = settings.iter().enumerate();
        let environments: Vec<_> = environments
            .filter_map(|(at, setting)| {
                let pipeline = read(at)?;
                Some(Environment { setting, pipeline })
            })
            .collect();
        let found = shared_bus::check(&document, &environments);
        parsed.add(&[&SHARED_BUS], found);
    }
    Ok(parsed)
}
