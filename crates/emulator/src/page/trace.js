// The model of a trace: events, deliveries and runs, each with what belongs to it. It draws nothing.

export const KEPT = 10_000; // events in memory
const LOG_LINES = 500; // of each run

/** What the bus last said of itself. */
export const bus = { state: null };

/** The time of the bus: `ahead` are the milliseconds by which it was put forward. */
export const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

/** What a trace came to. A new one is made while older records are read, and then takes the other's place. */
export class Trace {
  events = new Map();
  deliveries = new Map();
  runs = new Map();
  messages = new Map();
  order = [];
  forgotten = 0;
  tallies = new Map(); // of each function: how many attempts were ok, and failed
  failing = new Map(); // events with a failure, by the number of the record that said so
  lit = new Set(); // functions that have started since somebody looked

  run(request) {
    if (!this.runs.has(request)) {
      this.runs.set(request, { request, attempts: [], logs: [], left: 0, emitted: [], faults: [], throttled: 0, refused: [] });
      // A run whose event is forgotten may still write: what is oldest goes.
      if (this.runs.size > 4 * KEPT) this.runs.delete(this.runs.keys().next().value);
    }
    return this.runs.get(request);
  }

  /** A message of a queue, with the batches that it was in. */
  message(id) {
    if (!this.messages.has(id)) this.messages.set(id, { id, batches: [], done: false, givenUp: null });
    return this.messages.get(id);
  }

  /** Adds one record. */
  add(record) {
    read[record.step]?.(this, record);
  }

  addEvent(id, event) {
    this.events.set(id, { id, deliveries: [], unmatched: null, undecided: [], ...event });
    if (event.emittedBy) this.run(event.emittedBy).emitted.push(id);
    this.order.push(id);
    // In lots, as an array is slow to lose its first element.
    if (this.order.length > KEPT + KEPT / 10) {
      for (const old of this.order.splice(0, this.order.length - KEPT)) this.forget(old);
    }
  }

  forget(id) {
    this.forgotten++;
    for (const number of this.events.get(id)?.deliveries ?? []) {
      const delivery = this.deliveries.get(number);
      if (delivery?.request) this.runs.delete(delivery.request);
      if (delivery?.message) {
        for (const batch of this.message(delivery.message).batches) this.runs.delete(batch.request);
        this.messages.delete(delivery.message);
      }
      this.deliveries.delete(number);
    }
    this.runs.delete(id);
    this.failing.delete(id);
    this.events.delete(id);
  }

  /** The events that a run works for: more than one, if it got a batch. */
  causes(request) {
    const run = this.runs.get(request);
    if (!run) return [];
    if (run.batch) return run.batch.messages.map((id) => this.messages.get(id)?.event).filter(Boolean);
    return run.cause ? [run.cause] : [];
  }

  fail(events, sequence) {
    for (const id of events) if (this.events.has(id)) this.failing.set(id, sequence);
  }

  tally(request, outcome) {
    const name = this.run(request).function;
    if (!name) return;
    const counts = this.tallies.get(name) ?? { ok: 0, failed: 0 };
    counts[outcome]++;
    this.tallies.set(name, counts);
  }

  end(request, how) {
    const attempts = this.run(request).attempts;
    if (attempts.length) Object.assign(attempts[attempts.length - 1], how);
  }

  /** Ends the last attempt of a delivery. */
  tried(r, how) {
    const delivery = this.deliveries.get(r.delivery);
    if (!delivery) return null;
    Object.assign(delivery.tries[delivery.tries.length - 1] ?? {}, { end: r.at, ...how });
    return delivery;
  }
}

/** The trace that is shown. */
export let trace = new Trace();

export function replace(other) {
  trace = other;
}

const why = (r) => `${r.error_code}: ${r.message}`;

const read = {
  EVENT_RECEIPT: (t, r) => t.addEvent(r.event, {
    at: r.at, name: r.event_type ?? `${r.source} / ${r.detail_type}`, subject: r.subject, bus: r.bus, emittedBy: r.emitted_by, envelope: r.envelope,
  }),
  SCHEDULE_FIRED: (t, r) => t.addEvent(r.event, { at: r.at, name: 'schedule', about: r.rule, envelope: r.envelope, scheduled: true }),
  NO_STANDARD_RULES_MATCHED: (t, r) => { const e = t.events.get(r.event); if (e) e.unmatched = r.no_bus ? { reason: r.no_bus } : r.nearest ?? {}; },
  RULE_UNDECIDED: (t, r) => t.events.get(r.event)?.undecided.push(r.rule),
  LOOP_STOPPED: (t, r) => {
    const e = t.events.get(r.event);
    if (e) e.stopped = r.hops;
    t.fail([r.event], r.sequence);
  },
  INVOCATION_START: (t, r) => {
    const event = t.events.get(r.event);
    if (!event) return;
    const { event: of, rule, target, arn, payload, at } = r;
    t.deliveries.set(r.delivery, { number: r.delivery, event: of, rule, target, arn, payload, at, faults: [], tries: [], throttled: 0 });
    event.deliveries.push(r.delivery);
  },
  INVOCATION_ATTEMPT_START: (t, r) => t.deliveries.get(r.delivery)?.tries.push({ at: r.at }),
  INVOCATION_ATTEMPT_SUCCESS: (t, r) => t.tried(r, { how: 'ok' }),
  INVOCATION_ATTEMPT_THROTTLE: (t, r) => { const d = t.tried(r, { how: 'throttled', retryAt: r.retry_at }); if (d) { d.throttled++; d.retryAt = r.retry_at; } },
  INVOCATION_ATTEMPT_RETRYABLE_FAILURE: (t, r) => {
    const d = t.tried(r, { how: 'failed', why: why(r), retryAt: r.retry_at });
    if (!d) return;
    Object.assign(d, { why: why(r), retryAt: r.retry_at });
    t.fail([d.event], r.sequence);
  },
  INVOCATION_ATTEMPT_PERMANENT_FAILURE: (t, r) => { const d = t.tried(r, { how: 'failed', why: why(r) }); if (d) d.why = why(r); },
  INVOCATION_SUCCESS: (t, r) => {
    const d = t.deliveries.get(r.delivery);
    if (!d) return;
    Object.assign(d, { done: r.at, request: r.request, message: r.message, elsewhere: r.is_elsewhere });
    if (r.request) Object.assign(t.run(r.request), { function: d.arn.split(':').pop(), cause: d.event });
    if (r.message) t.message(r.message).event = d.event;
  },
  INVOCATION_FAILURE: (t, r) => {
    const d = t.deliveries.get(r.delivery);
    if (!d) return;
    Object.assign(d, { failed: r.condition ?? r.error_code, failedAt: r.at });
    t.fail([d.event], r.sequence);
  },
  INVOCATION_DLQ: (t, r) => { const d = t.deliveries.get(r.delivery); if (d) d.deadLetter = { queue: r.queue, kept: r.message != null }; },
  BATCH_START: (t, r) => {
    const batch = { request: r.request, at: r.at, messages: r.messages.map((one) => one.message), failed: [] };
    Object.assign(t.run(r.request), { function: r.function, batch });
    for (const id of batch.messages) t.message(id).batches.push(batch);
  },
  BATCH_END: (t, r) => {
    const { batch } = t.run(r.request);
    if (!batch) return;
    batch.failed = r.failed;
    for (const id of batch.messages) if (!r.failed.includes(id)) t.message(id).done = true;
    t.fail(r.failed.map((id) => t.message(id).event), r.sequence);
  },
  MESSAGE_GIVEN_UP: (t, r) => {
    const message = t.message(r.message);
    message.givenUp = { queue: r.to };
    t.fail([message.event], r.sequence);
  },
  MESSAGE_FILTERED: (t, r) => { Object.assign(t.message(r.message), { done: true, filtered: r.function }); },
  FUNCTION_INVOKED: (t, r) => {
    t.addEvent(r.request, { at: r.at, name: 'invoked', about: r.function, envelope: r.payload, direct: r.request });
    Object.assign(t.run(r.request), { function: r.function, cause: r.request });
  },
  FUNCTION_START: (t, r) => {
    const run = t.run(r.request);
    run.function = r.function;
    run.attempts.push({ at: r.at, cold: r.cold });
    t.lit.add(r.function);
  },
  FUNCTION_SUCCESS: (t, r) => { t.end(r.request, { took: r.duration_us }); t.tally(r.request, 'ok'); },
  FUNCTION_ERROR: (t, r) => {
    t.end(r.request, { took: r.duration_us, failure: r.failure, retryAt: r.retry_at });
    t.tally(r.request, 'failed');
    t.fail(t.causes(r.request), r.sequence);
  },
  FUNCTION_THROTTLE: (t, r) => { t.run(r.request).throttled++; },
  FUNCTION_FAILURE: (t, r) => {
    t.run(r.request).givenUp = { condition: r.condition, queue: r.destination };
    t.fail(t.causes(r.request), r.sequence);
  },
  FUNCTION_LOG: (t, r) => {
    const run = t.runs.get(r.request);
    if (!run) return;
    run.logs.push({ number: r.sequence, at: r.at, attempt: run.attempts.length, line: r.line });
    if (run.logs.length > LOG_LINES) { run.logs.shift(); run.left++; }
  },
  ENTRY_REFUSED: (t, r) => { if (r.emitted_by) t.run(r.emitted_by).refused.push(`${r.detail_type}: ${r.message}`); },
  FAULT: (t, r) => { (r.request ? t.run(r.request) : t.deliveries.get(r.delivery))?.faults.push(r.fault); },
};

/** What became of an event at one target. */
export function fateOfDelivery(delivery) {
  if (delivery.failed) return delivery.deadLetter?.kept ? 'kept' : 'failed';
  if (!delivery.done) return delivery.tries.some((one) => one.how === 'failed') ? 'retrying' : 'running';
  if (delivery.elsewhere) return 'elsewhere';
  if (delivery.message) return fateOfMessage(trace.message(delivery.message));
  return delivery.request ? fateOfRun(trace.runs.get(delivery.request)) : 'ok';
}

function fateOfMessage(it) {
  if (it.givenUp) return it.givenUp.queue ? 'kept' : 'failed';
  if (it.done) return 'ok';
  return it.batches.some((batch) => batch.failed.includes(it.id)) ? 'retrying' : 'running';
}

export function fateOfRun(it) {
  if (!it) return 'ok';
  if (it.givenUp) return it.givenUp.queue ? 'kept' : 'failed';
  const last = it.attempts[it.attempts.length - 1];
  if (last?.failure) return last.retryAt ? 'retrying' : 'failed';
  if (last?.took != null) return 'ok';
  return it.attempts.length > 1 ? 'retrying' : 'running';
}

const WORST_FIRST = ['failed', 'kept', 'retrying', 'running', 'unmatched', 'ok', 'elsewhere'];

export function worst(fates) {
  return WORST_FIRST.find((fate) => fates.includes(fate)) ?? 'running';
}

export function fateOfEvent(event) {
  if (event.unmatched) return 'unmatched';
  if (event.stopped) return 'failed';
  if (event.direct) return fateOfRun(trace.runs.get(event.direct));
  return worst(event.deliveries.map((number) => fateOfDelivery(trace.deliveries.get(number))));
}

export const WORDS = {
  ok: 'ok', running: 'on its way', retrying: 'failed, tried again', failed: 'failed', kept: 'dead letter', unmatched: 'no rule matched', elsewhere: 'not run here',
};
const FAILURES = ['failed', 'kept', 'retrying'];

/** The functions that an event went to. */
export function functionsOf(event) {
  if (event.direct) return [event.about];
  const names = event.deliveries.flatMap((number) => {
    const delivery = trace.deliveries.get(number);
    const batches = delivery.message ? trace.message(delivery.message).batches : [];
    return [delivery.arn.split(':').pop(), ...batches.map((batch) => trace.runs.get(batch.request)?.function)];
  });
  return names;
}

/** Whether an event is one of those that are looked for. */
export function matches(event, { words, outcome, subject, functions }) {
  if (outcome !== 'all') {
    const fate = fateOfEvent(event);
    if (outcome === 'failures' ? !FAILURES.includes(fate) : fate !== outcome) return false;
  }
  if (subject && !(event.subject ?? '').toLowerCase().includes(subject)) return false;
  if (functions && !functionsOf(event).some((name) => functions.includes(name))) return false;
  if (!words) return true;
  event.text ??= `${event.name} ${event.subject ?? ''} ${event.about ?? ''} ${event.id} ${JSON.stringify(event.envelope)}`.toLowerCase();
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

/** A line of a log: its level, if it says one, and its text. */
export function logLine(line) {
  const plain = () => ({ level: /\b(ERROR|WARN|INFO|DEBUG|TRACE)\b/.exec(line.slice(0, 60))?.[1] ?? '', text: line });
  try {
    const { level, message, timestamp, time, target, span, spans, ...fields } = JSON.parse(line);
    if (!level || !message) return plain();
    const rest = Object.entries(fields).map(([name, value]) => `  ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return { level: String(level).toUpperCase(), text: `${message}${rest.join('')}` };
  } catch {
    return plain();
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
