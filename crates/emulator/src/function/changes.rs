//! What can be changed of a function over the API, and what becomes of a change when the spec is taken over again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Asynchronous, Functions, Pool, Settings, lock};

/// The settings of a function that the API can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changeable {
    timeout: Duration,
    memory_mb: u32,
    handler: String,
    environment: BTreeMap<String, String>,
    reserved_concurrency: Option<u32>,
    asynchronous: Asynchronous,
}

impl Changeable {
    fn of(settings: &Settings, asynchronous: Asynchronous) -> Self {
        let function = &settings.function;
        Self {
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            handler: function.handler.clone(),
            environment: function.environment.clone(),
            reserved_concurrency: function.reserved_concurrency,
            asynchronous,
        }
    }

    /// Decides each setting: as it was changed, as long as the spec says of it what it said before.
    fn merge(self, before: &Self, spec: &Self) -> Self {
        fn one<T: PartialEq + Clone>(own: T, before: &T, spec: &T) -> T {
            if spec == before { own } else { spec.clone() }
        }
        Self {
            timeout: one(self.timeout, &before.timeout, &spec.timeout),
            memory_mb: one(self.memory_mb, &before.memory_mb, &spec.memory_mb),
            handler: one(self.handler, &before.handler, &spec.handler),
            environment: one(self.environment, &before.environment, &spec.environment),
            reserved_concurrency: one(
                self.reserved_concurrency,
                &before.reserved_concurrency,
                &spec.reserved_concurrency,
            ),
            asynchronous: one(self.asynchronous, &before.asynchronous, &spec.asynchronous),
        }
    }
}

impl Pool {
    fn changeable(&self) -> Changeable {
        Changeable::of(&self.settings, self.asynchronous())
    }
}

impl Functions {
    /// Returns what the functions were installed with, by name.
    pub(crate) fn installed(&self) -> BTreeMap<String, Changeable> {
        let originals = lock(&self.originals);
        let originals = originals.iter().map(|(name, settings)| {
            let settings = Changeable::of(settings, settings.asynchronous());
            (name.to_string(), settings)
        });
        originals.collect()
    }

    /// Notes that the API has changed a function. Returns what it is like now.
    pub(crate) fn note_change(&self, name: &str) -> Option<Changeable> {
        let changed = self.get(name)?.changeable();
        lock(&self.changed).insert(name.into(), changed.clone());
        Some(changed)
    }

    /// Adopts a change of an earlier bus, which [`Self::change_again`] puts on the function.
    pub(crate) fn adopt(&self, name: &str, changed: Changeable) {
        lock(&self.changed).insert(name.into(), changed);
    }

    /// Puts the changes of the API on the functions again, which have been replaced. `before` is what the spec said before
    /// of each of them.
    pub(crate) fn change_again(&self, before: &BTreeMap<String, Changeable>) {
        let changed = lock(&self.changed).clone();
        for (name, own) in changed {
            let (Some(pool), Some(before)) = (self.get(&name), before.get(&*name)) else {
                continue;
            };
            let spec = pool.changeable();
            let merged = own.merge(before, &spec);
            if merged != spec {
                self.set(&name, &merged);
            }
        }
    }

    fn set(&self, name: &Arc<str>, changed: &Changeable) {
        let Changeable {
            timeout,
            memory_mb,
            handler,
            environment,
            reserved_concurrency,
            asynchronous,
        } = changed.clone();
        self.change(name, |function| {
            function.timeout = timeout;
            function.memory_mb = memory_mb;
            function.handler = handler;
            function.environment = environment;
            function.reserved_concurrency = reserved_concurrency;
        });
        if let Some(pool) = self.get(name) {
            pool.set_asynchronous(asynchronous);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_as_the_api_made_it_until_the_spec_says_another_thing() {
        let spec = |seconds, memory_mb| Changeable {
            timeout: Duration::from_secs(seconds),
            memory_mb,
            handler: "h".to_owned(),
            environment: BTreeMap::new(),
            reserved_concurrency: None,
            asynchronous: Asynchronous::default(),
        };
        let own = Changeable {
            reserved_concurrency: Some(1),
            ..spec(7, 128)
        };
        // The spec has changed the memory since then, and says of the timeout what it said.
        let merged = own.merge(&spec(3, 128), &spec(3, 256));
        assert_eq!(merged.timeout, Duration::from_secs(7));
        assert_eq!(merged.memory_mb, 256);
        assert_eq!(merged.reserved_concurrency, Some(1));
    }
}
