// One run as rows: from its first event, through targets and their attempts, to what they emitted. It draws nothing.

import { shortName, span } from './dom.js';
import { bus, clock, failureText, fateOfDelivery, fateOfEvent, fateOfRun, trace } from './trace.js';

const ROWS = 500;
const time = (at) => Date.parse(at);

/** The event that everything began with. `isWhole` is false if its own beginning is no longer kept. */
export function rootOf(id) {
  const seen = new Set();
  let event = trace.events.get(id);
  while (event?.emittedBy && !seen.has(event.id)) {
    seen.add(event.id);
    const cause = trace.events.get(trace.causes(event.emittedBy)[0]);
    if (!cause) return { event, isWhole: false };
    event = cause;
  }
  return { event, isWhole: true };
}

/** The rows of a run, with the first and the last instant of it. `left` are the rows that are too many. */
export function rowsOf(root) {
  const rows = [];
  const runs = new Set();
  let left = 0;
  const push = (row) => (rows.length < ROWS ? rows.push(row) : left++);
  const addEvent = (event, depth) => {
    push(eventRow(event, depth));
    for (const number of event.deliveries) {
      const delivery = trace.deliveries.get(number);
      addTarget(targetRow(delivery, depth + 1), depth + 1);
    }
    if (event.direct) addTarget(callRow(event, depth + 1), depth + 1);
  };
  const addTarget = (row, depth) => {
    const own = row.runs.filter((run) => !runs.has(run.request));
    row.isRepeated = row.runs.length > 0 && own.length === 0;
    for (const run of own) runs.add(run.request);
    push(row);
    if (row.tries.length > 1) row.tries.forEach((one, at) => push({ ...one, key: `${row.key}/${at}`, kind: 'try', depth: depth + 1 }));
    for (const id of own.flatMap((run) => run.emitted)) {
      const event = trace.events.get(id);
      if (event) addEvent(event, depth + 1);
    }
  };
  addEvent(root, 0);
  const segments = rows.flatMap((row) => row.segments ?? []);
  const from = time(root.at);
  const to = Math.max(from + 1, ...segments.map((one) => one.to));
  return { rows, left, from, to, events: rows.filter((row) => row.kind === 'event').length, targets: rows.filter((row) => row.kind === 'target').length };
}

function eventRow(event, depth) {
  const at = time(event.at);
  return {
    key: `e:${event.id}`, kind: 'event', depth, event, name: event.name, about: event.subject ?? event.about ?? '', fate: fateOfEvent(event),
    isMarked: false, segments: [{ kind: 'event', from: at, to: at }], tries: [], runs: [], waited: '', took: '',
  };
}

/** What people call a function: its job, if it has one. */
const jobName = (name) => bus.state?.functions.find((it) => it.name === name)?.job ?? name;

function callRow(event, depth) {
  const run = trace.run(event.direct);
  const tries = runTries(run, time(event.at));
  return finish({ key: `c:${event.id}`, kind: 'target', depth, name: jobName(event.about), about: '', fate: fateOfRun(run), runs: [run], tries, began: time(event.at) });
}

function targetRow(delivery, depth) {
  const event = trace.events.get(delivery.event);
  const message = delivery.message ? trace.message(delivery.message) : null;
  const requests = message ? message.batches.map((batch) => batch.request) : delivery.request ? [delivery.request] : [];
  const runs = requests.map((request) => trace.runs.get(request)).filter(Boolean);
  const tries = deliveryTries(delivery);
  const delivered = delivery.done ? time(delivery.done) : time(delivery.at);
  for (const run of runs) tries.push(...runTries(run, Math.max(delivered, ...tries.map((one) => one.to))));
  const name = jobName(runs[0]?.function ?? shortName(delivery.arn));
  return finish({
    key: `d:${delivery.number}`, kind: 'target', depth, delivery, message, runs, tries, name, about: '',
    fate: fateOfDelivery(delivery), began: time(event?.at ?? delivery.at), until: message && !runs.length ? null : undefined,
  });
}

/** Attempts to deliver that tell something: all, if the first one did not succeed. */
function deliveryTries(delivery) {
  if (delivery.tries.every((one) => one.how === 'ok') || !delivery.tries.length) return [];
  return delivery.tries.map((one, at) => ({
    name: `delivery, attempt ${at + 1}`, kindOfBar: one.how === 'ok' ? 'deliver' : 'failed', from: time(one.at), to: time(one.end ?? one.at),
    fate: one.how === 'ok' ? 'ok' : one.how === 'throttled' ? 'retrying' : one.retryAt ? 'retrying' : 'failed',
    said: one.how === 'ok' ? 'delivered' : one.how === 'throttled' ? 'throttled' : 'failed', about: one.why ?? '', retryAt: one.retryAt, delivered: true,
  }));
}

function runTries(run, queued) {
  let free = queued;
  return run.attempts.map((one, at) => {
    const from = time(one.at);
    const isOver = one.took != null;
    const to = isOver ? from + one.took / 1000 : Math.max(from, clock.now());
    const wait = Math.max(0, from - free);
    free = to;
    return {
      name: at ? `run, retry ${at}` : 'run, first attempt', kindOfBar: one.failure ? 'failed' : isOver ? 'run' : 'running', from, to, wait,
      fate: one.failure ? (one.retryAt ? 'retrying' : 'failed') : isOver ? 'ok' : 'running', isRun: true,
      about: one.failure ? failureText(one.failure) : '', said: one.failure ? 'failed' : isOver ? (one.cold ? 'ok, cold start' : 'ok') : 'runs', retryAt: one.retryAt, isOver,
    };
  });
}

/** Adds the bars to a row, and what they say as text. */
function finish(row) {
  const segments = [];
  let free = row.began;
  let took = 0;
  for (const one of row.tries) {
    if (one.from > free) segments.push({ kind: 'wait', from: free, to: one.from });
    segments.push({ kind: one.kindOfBar, from: one.from, to: one.to });
    const before = Math.max(0, one.from - free);
    free = Math.max(free, one.to);
    if (one.isRun) took += one.to - one.from;
    one.segments = [...(before ? [{ kind: 'wait', from: one.from - before, to: one.from }] : []), { kind: one.kindOfBar, from: one.from, to: one.to }];
    one.waited = span(before);
    one.took = one.to > one.from || one.isRun ? span(one.to - one.from) : '';
  }
  const done = row.delivery?.done ?? row.delivery?.failedAt;
  if (!row.tries.length && done) {
    segments.push({ kind: row.delivery.failed ? 'failed' : row.fate === 'elsewhere' ? 'elsewhere' : 'deliver', from: row.began, to: time(done) });
    free = time(done);
  }
  const first = row.tries.find((one) => one.isRun);
  const ran = row.tries.filter((one) => one.isRun);
  return {
    ...row, segments, waited: first ? span(Math.max(0, free - row.began - took)) : '', took: ran.length ? span(took) : '',
  };
}

/**
 * Puts instants on a line from 0 to 1. What nobody does anything in is drawn short, or a wait of an hour would leave
 * nothing to see of a run of a second; `breaks` says where, and how long each is.
 */
export function scale(rows, from, to) {
  const busy = rows.flatMap((row) => row.segments ?? []).filter((one) => one.kind !== 'wait').map((one) => [one.from, one.to]);
  busy.sort((a, b) => a[0] - b[0]);
  const gaps = [];
  let end = from;
  let work = 0;
  for (const [start, stop] of busy) {
    if (start > end) gaps.push([end, start]);
    work += Math.max(0, stop - Math.max(start, end));
    end = Math.max(end, stop);
  }
  const most = Math.max(work * 0.2, 1);
  const long = gaps.filter(([a, b]) => b - a > 3 * most);
  const saved = (at) => long.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(at, b) - a) * (1 - most / (b - a)), 0);
  const length = to - from - saved(to) || 1;
  const place = (at) => Math.min(1, Math.max(0, (at - from - saved(at)) / length));
  return { place, breaks: long.map(([a, b]) => ({ at: (place(a) + place(b)) / 2, text: span(b - a) })) };
}
