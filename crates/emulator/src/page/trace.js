// The model of a trace: events, deliveries and runs, each with what belongs to it. It draws nothing.

const KEPT = 5000; // events in memory
export const trace = { events: new Map(), deliveries: new Map(), runs: new Map(), messages: new Map(), order: [] };

/** Who is told when a function starts a run, and how the run ended: `ok` or `failed`. */
export const listeners = { started: () => {}, ended: () => {} };

export function run(request) {
  if (!trace.runs.has(request)) {
    trace.runs.set(request, { request, attempts: [], logs: [], emitted: [], faults: [], throttled: 0, refused: [] });
  }
  return trace.runs.get(request);
}

/** A message of a queue, with the batches that it was in. */
export function message(id) {
  if (!trace.messages.has(id)) trace.messages.set(id, { id, batches: [], done: false, givenUp: null });
  return trace.messages.get(id);
}

function addEvent(id, event) {
  trace.events.set(id, { id, deliveries: [], unmatched: null, undecided: [], ...event });
  if (event.emittedBy) run(event.emittedBy).emitted.push(id);
  trace.order.push(id);
  if (trace.order.length > KEPT) forget(trace.order.shift());
}

function forget(id) {
  const event = trace.events.get(id);
  for (const number of event?.deliveries ?? []) {
    const delivery = trace.deliveries.get(number);
    if (delivery?.request) trace.runs.delete(delivery.request);
    if (delivery?.message) {
      for (const batch of message(delivery.message).batches) trace.runs.delete(batch.request);
      trace.messages.delete(delivery.message);
    }
    trace.deliveries.delete(number);
  }
  trace.events.delete(id);
}

const read = {
  EVENT_RECEIPT: (r) => addEvent(r.event, {
    at: r.at, name: r.event_type ?? `${r.source} / ${r.detail_type}`, subject: r.subject, bus: r.bus,
    emittedBy: r.emitted_by, envelope: r.envelope,
  }),
  SCHEDULE_FIRED: (r) => addEvent(r.event, { at: r.at, name: 'schedule', subject: r.rule, envelope: r.envelope, scheduled: true }),
  NO_STANDARD_RULES_MATCHED: (r) => { const e = trace.events.get(r.event); if (e) e.unmatched = r.no_bus ? { reason: r.no_bus } : r.nearest ?? {}; },
  RULE_UNDECIDED: (r) => trace.events.get(r.event)?.undecided.push(r.rule),
  LOOP_STOPPED: (r) => { const e = trace.events.get(r.event); if (e) e.stopped = r.hops; },
  INVOCATION_START: (r) => {
    trace.deliveries.set(r.delivery, { ...r, faults: [], throttled: 0, attempts: 0 });
    trace.events.get(r.event)?.deliveries.push(r.delivery);
  },
  INVOCATION_ATTEMPT_START: (r) => { const d = trace.deliveries.get(r.delivery); if (d) d.attempts = r.attempt; },
  INVOCATION_ATTEMPT_THROTTLE: (r) => { const d = trace.deliveries.get(r.delivery); if (d) { d.throttled++; d.retryAt = r.retry_at; } },
  INVOCATION_ATTEMPT_RETRYABLE_FAILURE: (r) => { const d = trace.deliveries.get(r.delivery); if (d) { d.again = (d.again ?? 0) + 1; d.why = `${r.error_code}: ${r.message}`; d.retryAt = r.retry_at; } },
  INVOCATION_ATTEMPT_PERMANENT_FAILURE: (r) => { const d = trace.deliveries.get(r.delivery); if (d) d.why = `${r.error_code}: ${r.message}`; },
  INVOCATION_SUCCESS: (r) => {
    const d = trace.deliveries.get(r.delivery);
    if (!d) return;
    d.done = true;
    d.request = r.request;
    d.message = r.message;
    d.elsewhere = r.is_elsewhere;
    if (r.request) run(r.request).function = d.arn.split(':').pop();
  },
  INVOCATION_FAILURE: (r) => { const d = trace.deliveries.get(r.delivery); if (d) d.failed = r.condition ?? r.error_code; },
  INVOCATION_DLQ: (r) => { const d = trace.deliveries.get(r.delivery); if (d) d.deadLetter = { queue: r.queue, kept: r.message != null }; },
  BATCH_START: (r) => {
    const batch = { request: r.request, messages: r.messages.map((one) => one.message), failed: [] };
    Object.assign(run(r.request), { function: r.function, batch });
    for (const id of batch.messages) message(id).batches.push(batch);
  },
  BATCH_END: (r) => {
    const { batch } = run(r.request);
    if (!batch) return;
    batch.failed = r.failed;
    for (const id of batch.messages) if (!r.failed.includes(id)) message(id).done = true;
  },
  MESSAGE_GIVEN_UP: (r) => { message(r.message).givenUp = { queue: r.to }; },
  FUNCTION_INVOKED: (r) => {
    addEvent(r.request, { at: r.at, name: 'invoked', subject: r.function, envelope: r.payload, direct: r.request });
    run(r.request).function = r.function;
  },
  FUNCTION_START: (r) => { const f = run(r.request); f.function = r.function; f.attempts.push({ at: r.at, cold: r.cold }); listeners.started(r.function); },
  FUNCTION_SUCCESS: (r) => { end(r.request, { took: r.duration_us }); listeners.ended(run(r.request).function, 'ok'); },
  FUNCTION_ERROR: (r) => { end(r.request, { took: r.duration_us, failure: r.failure, retryAt: r.retry_at }); listeners.ended(run(r.request).function, 'failed'); },
  FUNCTION_THROTTLE: (r) => { run(r.request).throttled++; },
  FUNCTION_FAILURE: (r) => { run(r.request).givenUp = { condition: r.condition, queue: r.destination }; },
  FUNCTION_LOG: (r) => { if (r.request) { const logs = run(r.request).logs; if (logs.length < 500) logs.push(r.line); } },
  ENTRY_REFUSED: (r) => { if (r.emitted_by) run(r.emitted_by).refused.push(`${r.detail_type}: ${r.message}`); },
  FAULT: (r) => { (r.request ? run(r.request) : trace.deliveries.get(r.delivery))?.faults.push(r.fault); },
};

function end(request, how) {
  const attempts = run(request).attempts;
  if (attempts.length) Object.assign(attempts[attempts.length - 1], how);
}

/** What became of an event at one target. */
function fateOf(delivery) {
  if (delivery.failed) return delivery.deadLetter?.kept ? 'kept' : 'failed';
  if (!delivery.done) return 'running';
  if (delivery.message) return fateOfMessage(message(delivery.message));
  return delivery.request ? fateOfRun(run(delivery.request)) : 'ok';
}

function fateOfMessage(it) {
  if (it.givenUp) return it.givenUp.queue ? 'kept' : 'failed';
  return it.done ? 'ok' : 'running';
}

function fateOfRun(it) {
  if (it.givenUp) return it.givenUp.queue ? 'kept' : 'failed';
  const last = it.attempts[it.attempts.length - 1];
  if (!last || last.took == null || last.retryAt) return 'running';
  return last.failure ? 'failed' : 'ok';
}

export function fateOfEvent(event) {
  if (event.unmatched) return 'unmatched';
  if (event.stopped) return 'failed';
  const fates = event.direct ? [fateOfRun(run(event.direct))] : event.deliveries.map((number) => fateOf(trace.deliveries.get(number)));
  return ['failed', 'kept', 'running', 'ok'].find((fate) => fates.includes(fate)) ?? 'running';
}

export const WORDS = { ok: 'ok', running: 'on its way', failed: 'failed', kept: 'dead letter', unmatched: 'no rule matched' };

/** JSON for people. */
export const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

export function matches(event, words, outcome) {
  if (outcome !== 'all' && fateOfEvent(event) !== outcome) return false;
  if (!words) return true;
  event.text ??= `${event.name} ${event.subject ?? ''} ${event.id} ${JSON.stringify(event.envelope)}`.toLowerCase();
  return words.split(/\s+/).every((word) => event.text.includes(word));
}

export function failureText(failure) {
  const words = {
    handler: () => `${failure.error_type}: ${failure.message}`,
    panic: () => `panicked: ${failure.message}`,
    crash: () => `the function ended (${failure.status})`,
    init: () => `the function ended before it took work (${failure.status})`,
    timeout: () => `timed out after ${failure.seconds} s`,
    start: () => `could not be started: ${failure.message}`,
    lost: () => 'did its work, and its answer was lost',
  };
  return words[failure.kind]?.() ?? failure.kind;
}

export function logLine(line) {
  try {
    const { level, message, timestamp, target, span, ...fields } = JSON.parse(line);
    if (!level || !message) return line;
    const rest = Object.entries(fields).map(([name, value]) => `  ${name}=${pretty(value)}`);
    return `${level} ${message}${rest.join('')}`;
  } catch {
    return line;
  }
}

export function readable(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function whyKept(message) {
  const { ERROR_CODE, ERROR_MESSAGE } = message.attributes;
  if (ERROR_CODE) return `${ERROR_CODE}: ${ERROR_MESSAGE} `;
  const record = readable(message.body);
  if (message.given_up_by) return `received ${message.receive_count} times by its function `;
  return `${record?.requestContext?.condition ?? ''} ${record?.responsePayload?.errorMessage ?? ''} `;
}

/** Adds one record of the trace. */
export function add(record) {
  read[record.step]?.(record);
}

/** Forgets everything, for a bus that was started anew. */
export function clear() {
  for (const part of [trace.events, trace.deliveries, trace.runs, trace.messages]) part.clear();
  trace.order.length = 0;
}
