//! The spec that every change starts from.

/// A spec in which every key has a place.
pub(crate) const BASE: &str = "
pipeline: p
source: s
bus: own
values: { v: { local: w } }
events:
  e: { detail_type: E, external: true }
  f: { detail_type: F }
  g: { detail_type: G, external: true }
defaults: { function: {}, delivery: {}, execution: {} }
alarms: { metrics: { Lost: 0 } }
jobs:
  j:
    function: { package: j }
    triggers:
      - event: e
      - { schedule: rate(1 hour), timezone: Europe/Berlin }
    emits: [f]
  k:
    function: { package: k }
    triggers: [{ pattern: { source: [other, '${v}'] } }]
  z:
    function: { zip: j.zip, runtime: python3.13, handler: j.handler, local: { command: [python3] } }
    triggers: [{ event: e, id: z }]
  l:
    function: { package: l }
    buffer: { window: 1s, max_concurrency: 4 }
    alarms: { period: 15m }
    triggers: [{ event: g, id: l }]
output: { terraform: terraform/pipeline }
terraform: { cloud: { organization: acme, workspaces: { name: production } } }
";
