// The list of events. While somebody reads in it, new ones are counted and not put above what is read.

import { choose, look, looked, onChange, remember, view } from './address.js';
import { $, clockTime, make, patch, setAttribute, setText } from './dom.js';
import { fateOfEvent, KEPT, matches, trace, WORDS } from './trace.js';

const STEP = 300; // events that are listed at first, and more each time somebody asks
let shown = STEP;
let held = null; // the ids that are listed while somebody reads
let isPaused = false;
let isOver = false; // whether the pointer is over the list
let jobs = new Map(); // of each job, its functions

const list = () => $('list');

function isRead() {
  if (isPaused || isOver || list().scrollTop > 0 || list().contains(document.activeElement)) return true;
  const selection = getSelection();
  return selection && !selection.isCollapsed && list().contains(selection.anchorNode);
}

function wanted() {
  const job = $('job').value;
  return {
    words: $('search').value.trim().toLowerCase(), outcome: $('outcome').value, subject: $('subject').value.trim().toLowerCase(),
    functions: job ? jobs.get(job) ?? [] : null,
  };
}

/** The events that are looked for, from the last one back. `after` is one to stop at. */
function find(most, after = null) {
  const filter = wanted();
  const found = [];
  for (let at = trace.order.length - 1; at >= 0 && found.length < most; at--) {
    const id = trace.order[at];
    if (id === after) break;
    const event = trace.events.get(id);
    if (event && matches(event, filter)) found.push(event);
  }
  return found;
}

/** Draws the list. `isAsked` means that somebody asked for what is new. */
export function drawList(isAsked = false) {
  const isHeld = !isAsked && held !== null && isRead();
  const events = isHeld ? held.map((id) => trace.events.get(id)).filter(Boolean) : find(shown);
  if (!isHeld) held = events.map((event) => event.id);
  const since = looked();
  patch(list(), events, (event) => event.id, create, (row, event) => update(row, event, since));
  // What came since then: nothing is listed above the first one.
  const fresh = isHeld ? find(999, held[0]).length : 0;
  setText($('fresh'), fresh ? `${fresh}${fresh === 999 ? ' or more' : ''} new` : '');
  $('fresh').hidden = !fresh;
  $('more').hidden = events.length < shown || isHeld && held.length < shown;
  $('none').hidden = events.length > 0;
  setText($('none'), trace.order.length ? 'No event is like that.' : 'Nothing yet. Publish an event below, or point an AWS SDK here.');
  const total = trace.order.length;
  setText($('count'), total ? `${events.length >= shown ? 'the last ' : ''}${events.length} of ${total}` : '');
  setText($('kept'), trace.forgotten ? `This page keeps the last ${KEPT.toLocaleString('en')} events; ${trace.forgotten.toLocaleString('en')} before them are gone from it.` : '');
  drawFailures(since);
}

function create(event) {
  const row = {
    when: make('span', { class: 'when', text: clockTime(event.at) }),
    name: make('span', { class: 'name', text: event.name }),
    mark: make('span', { class: 'mark' }),
    about: make('span', { class: 'about', text: event.subject ?? event.about ?? '' }),
  };
  const button = make('button', { type: 'button', 'data-event': event.id, on: { click: () => open(event.id) } }, row.when, row.name, row.mark, row.about);
  const item = make('li', {}, button);
  return Object.assign(item, { row: { ...row, button } });
}

const isNarrow = matchMedia('(max-width: 899px)');

/** Chooses an event. On a narrow page its run is below the list, and out of sight. */
function open(id) {
  choose(id);
  if (isNarrow.matches) $('event').scrollIntoView({ block: 'start' });
}

function update({ row }, event, since) {
  const fate = fateOfEvent(event);
  const isNew = (trace.failing.get(event.id) ?? -1) > since;
  setAttribute(row.button, 'aria-current', event.id === view.event ? 'true' : null);
  setAttribute(row.mark, 'class', `mark is-${fate}${isNew ? ' is-new' : ''}`);
  setText(row.mark, isNew ? `${WORDS[fate]}, new` : WORDS[fate]);
}

function drawFailures(since) {
  let count = 0;
  for (const sequence of trace.failing.values()) if (sequence > since) count++;
  const button = $('failures');
  setText(button, count ? `${count} failed since you looked` : '');
  button.hidden = !count;
  const title = `${count ? `(${count}) ` : ''}${$('pipeline').textContent}: local bus`;
  if (document.title !== title) document.title = title;
}

/** Tells which jobs there are. */
export function setJobs(functions) {
  jobs = new Map();
  for (const { job, name } of functions) {
    const known = job ?? name;
    jobs.set(known, [...(jobs.get(known) ?? []), name]);
  }
  const names = [...jobs.keys()].sort();
  const select = $('job');
  if ([...select.options].slice(1).map((option) => option.value).join() === names.join()) return;
  const before = select.value;
  const all = before && !names.includes(before) ? [...names, before] : names;
  select.replaceChildren(new Option('all', ''), ...all.map((name) => new Option(name, name)));
  select.value = before;
}

/** Chooses the event so many rows further, and leaves the focus on it. */
export function step(by) {
  const buttons = [...list().querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement);
  const from = at >= 0 ? at : buttons.findIndex((button) => button.dataset.event === view.event);
  const next = buttons[Math.min(buttons.length - 1, Math.max(0, from + by))];
  next?.focus();
}

export function pause() {
  isPaused = !isPaused;
  setAttribute($('pause'), 'aria-pressed', String(isPaused));
  setText($('pause'), isPaused ? 'Go on' : 'Pause');
  drawList();
}

function showFresh() {
  list().scrollTop = 0;
  // The button goes: the focus must not be lost with it.
  $('pause').focus();
  drawList(true);
}

export function startList() {
  // A pointer that rests while the page moves below it reads nothing: only one that moves does.
  list().addEventListener('pointermove', () => { isOver = true; });
  list().addEventListener('pointerleave', () => { isOver = false; });
  $('pause').addEventListener('click', pause);
  $('fresh').addEventListener('click', showFresh);
  $('more').addEventListener('click', () => {
    shown += STEP;
    // Below what is read, so that nothing moves: but what is new stays out.
    const last = held.length ? trace.order.indexOf(held[held.length - 1]) : trace.order.length;
    const filter = wanted();
    for (let at = last - 1; at >= 0 && held.length < shown; at--) {
      const event = trace.events.get(trace.order[at]);
      if (event && matches(event, filter)) held.push(event.id);
    }
    drawList();
  });
  $('failures').addEventListener('click', () => {
    const last = Math.max(-1, ...trace.failing.values());
    $('outcome').value = 'failures';
    remember();
    look(last);
    list().scrollTop = 0;
    $('outcome').focus();
    drawList(true);
  });
  for (const id of ['search', 'subject', 'outcome', 'job']) {
    $(id).addEventListener('input', () => {
      shown = STEP;
      remember();
      drawList(true);
    });
  }
  $('filter').addEventListener('submit', (submit) => submit.preventDefault());
  onChange(() => drawList());
}

/** Forgets what is held: the bus, or the whole trace, is another. */
export function letGo() {
  held = null;
}
