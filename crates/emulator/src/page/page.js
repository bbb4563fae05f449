// The page of the local bus: reads the trace as it grows, and draws what is looked at.

import { onChange, recall, view } from './address.js';
import { $, setAttribute, setText } from './dom.js';
import { startKeys } from './keys.js';
import { drawList, letGo, setJobs, startList } from './list.js';
import { clearPicture, drawPicture, fetchPicture } from './picture.js';
import { drawPublish, startPublish } from './publish.js';
import { drawClock, drawQueues, drawRules, fetchQueues, startQueues } from './queues.js';
import { drawRun, startRun } from './run.js';
import { bus, clock, KEPT, replace, Trace, trace } from './trace.js';

const FIRST = 1000; // records that are read before anything is drawn: the last ones
const LOT = 5000; // records that are then read at a time, back to the first that is kept
const PAUSE = 100; // milliseconds between two drawings
const STATE = 1000; // milliseconds between two questions for the state

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

// ---- the state of the bus ----

let shown = {};

/** Does something if a part of the state is another than before. */
function ifChanged(name, part, act) {
  const text = JSON.stringify(part);
  if (shown[name] === text) return null;
  shown[name] = text;
  return act();
}

async function refresh() {
  const answer = await fetch('state');
  if (!answer.ok) throw new Error('no state');
  const state = await answer.json();
  bus.state = state;
  view.process = state.process;
  clock.ahead = Date.parse(state.now) - Date.now();
  setText($('pipeline'), state.pipeline || 'Local bus');
  setText($('endpoint'), state.endpoint);
  drawClock();
  drawBuild(state.build);
  setJobs(state.functions);
  drawPublish();
  ifChanged('rules', state.rules, drawRules);
  ifChanged('queues', state.queues, () => {
    drawQueues();
    return fetchQueues().catch(() => {});
  });
  ifChanged('picture', [state.pipeline, state.events, state.elsewhere, state.functions.map((it) => it.name)], () => fetchPicture().catch(() => { shown.picture = null; }));
  return state;
}

function drawBuild({ state, text }) {
  const build = $('build');
  build.hidden = state === 'ok';
  build.classList.toggle('building', state === 'building');
  setText($('build-title'), state === 'building' ? 'Building the functions' : 'The last build failed; the bus runs what was built before');
  setText(build.querySelector('pre'), text ?? '');
}

function connected(is, text) {
  setAttribute($('connection'), 'class', `pill ${is ? 'ok' : 'bad'}`);
  setText($('connection'), text);
}

async function keepState() {
  for (;;) {
    await sleep(STATE);
    if (document.hidden) continue;
    await refresh().catch(() => {});
    drawRun(); // the bar of what runs grows with time
  }
}

// ---- the trace ----

/** Draws all. A mistake in it is reported as one, and not taken for a bus that is not there. */
function drawAll() {
  for (const draw of [drawList, drawRun, drawPicture]) {
    try {
      draw();
    } catch (mistake) {
      reportError(mistake);
    }
  }
}

/** Reads the records from a number on, and up to another if that is said. */
async function read(from, to, wait = 0) {
  const answer = await fetch(`trace?from=${from}${to === undefined ? '' : `&to=${to}`}&wait=${wait}`);
  if (!answer.ok) throw new Error('no trace');
  const text = await answer.text();
  const records = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return { records, next: Number(answer.headers.get('x-next')) };
}

/** Reads all records between two numbers. */
async function readBetween(from, to) {
  const all = [];
  while (from < to) {
    const { records, next } = await read(from, to);
    if (!records.length) break;
    all.push(...records);
    from = next;
  }
  return all;
}

const isEvent = (record) => ['EVENT_RECEIPT', 'SCHEDULE_FIRED', 'FUNCTION_INVOKED'].includes(record.step);

/**
 * Reads what came before the records that are shown, from the end to the beginning, until there are as many events as the
 * page keeps. Then a trace of all of them takes the place of the one that is shown. `late` are the records from `to` on.
 */
async function readOlder(to, late, isCurrent) {
  const lots = [];
  let count = late.filter(isEvent).length;
  while (to > 0 && count < KEPT) {
    const from = Math.max(0, to - LOT);
    const records = await readBetween(from, to);
    if (!records.length || !isCurrent()) break;
    count += records.filter(isEvent).length;
    lots.push(records);
    to = from;
  }
  const whole = new Trace();
  for (const lot of lots.reverse()) {
    for (const record of lot) whole.add(record);
    await sleep(0); // somebody may want to click
  }
  if (!isCurrent()) return;
  // What came meanwhile is in `late` too: no waiting from here on.
  for (const record of late) whole.add(record);
  whole.lit.clear();
  replace(whole);
  letGoIfUnread();
  clearPicture();
  drawAll();
}

/** A list that shows less than it could is drawn anew, unless somebody reads in it: then it only grows below. */
function letGoIfUnread() {
  if ($('list').children.length < 50) letGo();
}

/** Reads the trace as it grows; begins anew when the bus was started anew. */
async function follow() {
  let life = 0; // of the bus, as this page has known it
  let from = null;
  let process = null;
  let late = null; // records since the first drawing, while older ones are read
  for (;;) {
    try {
      if (from === null || process !== view.process) {
        const state = await refresh();
        process = state.process;
        from = Math.max(0, state.sequence - FIRST);
        const mine = ++life;
        replace(new Trace());
        letGo();
        clearPicture();
        const first = await readBetween(from, state.sequence);
        for (const record of first) trace.add(record);
        late = first;
        const older = from;
        from = state.sequence;
        connected(true, 'connected');
        drawAll();
        performance.mark('first-list');
        const end = () => { if (mine === life) late = null; };
        readOlder(older, late, () => mine === life).then(end, end);
        continue;
      }
      const { records, next } = await read(from, undefined, 5);
      connected(true, 'connected');
      from = next;
      for (const record of records) {
        trace.add(record);
        late?.push(record);
      }
      if (records.length) drawAll();
      await sleep(PAUSE);
    } catch {
      connected(false, 'not connected: is the bus running?');
      await sleep(1000);
      await refresh().catch(() => {});
    }
  }
}

startList();
startRun();
startPublish();
startQueues(() => refresh().catch(() => {}));
startKeys();
onChange(drawPicture);
recall();
follow();
keepState();
