// The run of the chosen event: one tree from the event that everything began with, with bars over time.

import { choose, onChange, view } from './address.js';
import { $, clockTime, dateTime, draw, folded, make, patch, patchLines, post, pretty, prettyText, say, setAttribute, setText, shortName, span } from './dom.js';
import { edit } from './publish.js';
import { failureText, logLine, trace, WORDS } from './trace.js';
import { rootOf, rowsOf, scale } from './tree.js';

const opened = new Map(); // rows that somebody opened or closed, by their keys
const explanations = new Map(); // of events, the rules and why they matched or not
let openedFor = null;

export function drawRun() {
  const chosen = trace.events.get(view.event);
  $('run').hidden = !chosen;
  $('no-run').hidden = Boolean(chosen);
  if (!chosen) {
    setText($('event-title'), 'Run');
    setText($('no-run'), view.event ? 'This event is not here: it is too old, or the bus was started anew since then.' : 'Choose an event to see its run.');
    return;
  }
  if (openedFor !== view.event) {
    openedFor = view.event;
    opened.set(`e:${view.event}`, true);
  }
  const { event: root, isWhole } = rootOf(view.event);
  const tree = rowsOf(root);
  setText($('event-title'), `${root.name} ${root.subject ?? root.about ?? ''}`);
  const fates = tree.rows.filter((row) => row.kind === 'event').map((row) => row.fate);
  const failed = fates.filter((fate) => ['failed', 'kept', 'retrying'].includes(fate)).length;
  const counts = [`${tree.events} event${tree.events === 1 ? '' : 's'}`, `${tree.targets} deliver${tree.targets === 1 ? 'y' : 'ies'}`];
  if (failed) counts.push(`${failed} with a failure`);
  setText($('run-about'), `${dateTime(root.at, 23)} UTC, ${span(tree.to - tree.from)}: ${counts.join(', ')}`);
  setText($('run-note'), [
    isWhole ? '' : 'It began with an event that is no longer kept.',
    tree.left ? `${tree.left} more rows are left out.` : '',
  ].join(' ').trim());
  drawRows(tree);
}

function drawRows(tree) {
  const { place, breaks } = scale(tree.rows, tree.from, tree.to);
  setText($('run-end'), span(tree.to - tree.from));
  patch($('breaks'), breaks, (one) => one.text + one.at.toFixed(3), (one) => {
    const mark = make('span', { class: 'break', text: one.text, title: 'nothing happened for so long; it is drawn short' });
    mark.style.left = `${one.at * 100}%`;
    return mark;
  });
  const rows = tree.rows.flatMap((row) => (hasDetails(row) && isOpen(row) ? [row, { ...row, key: `${row.key}/open`, isDetails: true }] : [row]));
  patch($('rows'), rows, (row) => row.key, (row) => (row.isDetails ? createDetails(row) : createRow(row)), (node, row) => {
    if (row.isDetails) node.draw(row);
    else updateRow(node, row, place);
  });
}

const hasDetails = (row) => row.kind !== 'try';
const isOpen = (row) => opened.get(row.key) ?? (row.kind === 'target' && ['failed', 'kept'].includes(row.fate));

function createRow(row) {
  const parts = {
    name: make('span', { class: 'name' }), about: make('span', { class: 'about' }),
    said: make('span', { class: 'mark' }), waited: make('td', { class: 'number' }), took: make('td', { class: 'number' }),
    bar: draw('svg', { class: 'bar', 'aria-hidden': 'true', preserveAspectRatio: 'none' }),
  };
  let head = make('span', { class: 'try' }, parts.name, ' ', parts.about);
  if (hasDetails(row)) {
    head = make('button', { type: 'button', class: 'row', on: { click: () => toggle(row) } }, parts.name, ' ', parts.about);
    parts.button = head;
  }
  const th = make('th', { scope: 'row' }, head);
  th.style.paddingLeft = `${Math.min(row.depth, 12) * 0.9}rem`;
  const node = make('tr', { class: row.kind }, th, make('td', { class: 'outcome' }, parts.said), parts.waited, parts.took, make('td', { class: 'bars' }, parts.bar));
  return Object.assign(node, { parts });
}

function toggle(row) {
  const isClosed = !isOpen(row);
  opened.set(row.key, isClosed);
  if (row.kind === 'event' && isClosed && row.event.id !== view.event) {
    openedFor = row.event.id;
    choose(row.event.id);
  } else {
    drawRun();
  }
}

function updateRow(node, row, place) {
  const { parts } = node;
  setText(parts.name, row.name);
  setText(parts.about, row.about ?? '');
  if (parts.button) setAttribute(parts.button, 'aria-expanded', String(Boolean(isOpen(row))));
  const isChosen = row.kind === 'event' && row.event.id === view.event;
  setAttribute(node, 'aria-current', isChosen ? 'true' : null);
  const again = row.retryAt && row.fate === 'retrying' ? `, again at ${clockTime(row.retryAt)}` : '';
  setText(parts.said, row.kind === 'try' ? row.said + again : row.isRepeated ? 'in the same batch' : WORDS[row.fate]);
  setAttribute(parts.said, 'class', `mark is-${row.fate}`);
  setText(parts.waited, row.waited);
  setText(parts.took, row.took);
  patch(parts.bar, (row.segments ?? []).map((one, at) => ({ ...one, at })), (one) => one.at, () => draw('rect', { y: 2, height: 10, rx: 2 }), (rect, one) => {
    setAttribute(rect, 'class', one.kind);
    const left = place(one.from) * 100;
    setAttribute(rect, 'x', `${Math.min(left, 99.3).toFixed(2)}%`);
    setAttribute(rect, 'width', `${Math.max(0.7, place(one.to) * 100 - left).toFixed(2)}%`);
    setAttribute(rect, 'y', one.kind === 'wait' ? 6 : 2);
    setAttribute(rect, 'height', one.kind === 'wait' ? 2 : 10);
  });
}

// ---- what is opened ----

function createDetails(row) {
  const inner = make('div', { class: 'inner' });
  const node = make('tr', { class: 'details' }, make('td', { colspan: '5' }, inner));
  node.draw = row.kind === 'event' ? eventDetails(inner, row.event) : targetDetails(inner, row);
  return node;
}

function eventDetails(inner, event) {
  const facts = make('div');
  const rules = make('div', { class: 'rules' });
  const again = make('button', { type: 'button', class: 'again', text: 'Run again', on: { click: () => runAgain(event) } });
  const change = make('button', { type: 'button', class: 'edit', text: 'Edit and publish', on: { click: () => editEvent(event) } });
  const why = make('button', { type: 'button', text: 'Why did rules match or not?', 'aria-expanded': String(explanations.has(event.id)) });
  const showRules = () => {
    why.setAttribute('aria-expanded', String(explanations.has(event.id)));
    rules.replaceChildren(...(explanations.get(event.id) ?? []).map(explained));
  };
  why.addEventListener('click', async () => {
    if (!explanations.delete(event.id)) {
      const answer = await fetch(`events/${encodeURIComponent(event.id)}/explanation`);
      explanations.set(event.id, answer.ok ? await answer.json() : []);
      if (!answer.ok) say('The bus no longer keeps this event.');
    }
    showRules();
  });
  showRules();
  const buttons = make('div', { class: 'buttons' }, again, event.direct ? null : change, event.direct || event.scheduled ? null : why);
  inner.append(facts, buttons, rules, folded(`JSON of ${event.id.slice(0, 8)}`, pretty(event.envelope), true));
  return (row) => patchLines(facts, eventFacts(row.event));
}

function eventFacts(event) {
  const lines = [{ text: `${dateTime(event.at, 23)} UTC${event.bus ? `, on the bus ${event.bus}` : ''}, id ${event.id}` }];
  if (event.unmatched) {
    const { reason, rule, field } = event.unmatched;
    lines.push({ text: `no rule matched${rule ? `; the nearest is ${rule}, by ${field}` : ''}${reason ? `: ${reason}` : ''}`, kind: 'is-unmatched' });
  }
  for (const rule of event.undecided) lines.push({ text: `undecided: ${rule} asks for fields of too many arrays`, kind: 'is-unmatched' });
  if (event.stopped) lines.push({ text: `stopped: a loop of events, ${event.stopped} functions long`, kind: 'is-failed' });
  return lines;
}

async function runAgain(event) {
  const answer = await post(`events/${encodeURIComponent(event.id)}/again`, {});
  if (!answer.ok) return say(answer.body.errors?.[0]?.message ?? 'it could not be run again');
  say(`${event.name} runs again`);
  choose(answer.body.event_id);
  $('event-title').focus();
}

async function editEvent(event) {
  const answer = await fetch(`events/${encodeURIComponent(event.id)}`);
  const text = answer.ok ? prettyText(await answer.text()) : pretty(event.envelope);
  edit(event.bus && event.bus !== 'default' ? text.replace('{', `{\n  "bus": ${JSON.stringify(event.bus)},`) : text);
}

/** What r does: the chosen event once more. */
export function again() {
  const event = trace.events.get(view.event);
  if (event) runAgain(event);
}

export function editChosen() {
  const event = trace.events.get(view.event);
  if (event && !event.direct) editEvent(event);
}

function explained(rule) {
  const verdict = rule.undecided ? 'undecided: asks for fields of too many arrays' : rule.matched ? 'matches' : 'does not match';
  const node = make('div', {}, make('span', { class: 'code', text: rule.rule }), ' ',
    make('span', { class: rule.matched ? 'is-ok' : 'is-unmatched', text: verdict }));
  if (!rule.enabled) node.append(' (disabled)');
  for (const finding of rule.findings) {
    const found = finding.found.length ? finding.found.join(', ') : 'nothing';
    const near = finding.near_miss ? ` (${finding.near_miss})` : '';
    node.append(make('div', { class: 'fact', text: `${finding.path}: wants ${finding.wanted}, and there is ${found}${near}` }));
  }
  return node;
}

function targetDetails(inner, { delivery }) {
  const facts = make('div');
  const logs = make('div', { class: 'logs' });
  inner.append(facts, logs);
  if (delivery?.payload) inner.append(folded('What the target received', pretty(delivery.payload)));
  return (row) => {
    patchLines(facts, targetFacts(row));
    drawLogs(logs, row);
  };
}

function targetFacts({ delivery, message, runs, fate }) {
  const lines = [];
  if (delivery) {
    for (const fault of delivery.faults) lines.push({ text: `fault: ${fault}`, kind: 'is-unmatched' });
    if (delivery.throttled) lines.push({ text: `throttled ${delivery.throttled} times`, kind: 'is-unmatched' });
    if (delivery.failed) {
      lines.push({ text: `not delivered: ${delivery.why ?? delivery.failed}`, kind: 'is-failed' });
      const letter = delivery.deadLetter;
      lines.push({ text: letter?.kept ? `dead letter in ${shortName(letter.queue)}` : 'lost: no queue took it', kind: 'is-failed' });
    } else {
      lines.push({ text: `by the rule ${delivery.rule}, ${delivery.done ? 'delivered to' : 'to'} ${delivery.arn}${fate === 'elsewhere' ? ', not run here' : ''}` });
    }
  }
  if (message) lines.push(...messageFacts(message));
  for (const run of runs) lines.push(...runFacts(run));
  return lines;
}

function messageFacts(it) {
  if (it.filtered) return [{ text: `the filter of ${it.filtered} leaves it out` }];
  const lines = it.batches.length ? [] : [{ text: 'waits in its queue', kind: 'is-running' }];
  for (const batch of it.batches) {
    const failed = batch.failed.includes(it.id) ? ', this one failed' : '';
    if (batch.messages.length > 1 || failed) lines.push({ text: `in a batch of ${batch.messages.length}${failed}`, kind: failed ? 'is-failed' : '' });
  }
  if (it.givenUp) lines.push({ text: it.givenUp.queue ? `given up, kept in ${shortName(it.givenUp.queue)}` : 'lost: too old for its queue', kind: 'is-failed' });
  return lines;
}

function runFacts(it) {
  const lines = [];
  if (!it.attempts.length) lines.push({ text: it.givenUp ? 'did not run' : 'waits for its turn', kind: 'is-running' });
  if (it.attempts.length === 1) {
    const [one] = it.attempts;
    const again = one.retryAt ? `, again at ${dateTime(one.retryAt)}` : '';
    if (one.cold) lines.push({ text: 'a cold start: its process was started for it' });
    if (one.failure) lines.push({ text: `failed: ${failureText(one.failure)}${again}`, kind: 'is-failed' });
  }
  for (const fault of it.faults) lines.push({ text: `fault: ${fault}`, kind: 'is-unmatched' });
  if (it.throttled) lines.push({ text: `throttled ${it.throttled} times`, kind: 'is-unmatched' });
  for (const refused of it.refused) lines.push({ text: `put and refused: ${refused}`, kind: 'is-unmatched' });
  if (it.givenUp) lines.push({ text: `given up: ${it.givenUp.condition}, ${it.givenUp.queue ? `kept in ${shortName(it.givenUp.queue)}` : 'lost'}`, kind: 'is-failed' });
  lines.push({ text: `request ${it.request}` });
  return lines;
}

function drawLogs(parent, { runs, key }) {
  const lines = runs.flatMap((run) => run.logs);
  patch(parent, lines.length ? [key] : [], () => 'log', () => {
    const title = make('h3');
    const list = make('ol', { tabindex: '0', 'aria-label': 'Log' });
    return Object.assign(make('div', {}, title, list), { head: title, list });
  }, (node) => {
    const left = runs.reduce((sum, run) => sum + run.left, 0);
    setText(node.head, `Log, ${lines.length} line${lines.length === 1 ? '' : 's'}${left ? `; ${left} before them are left out` : ''}`);
    const isAtEnd = node.list.scrollTop + node.list.clientHeight >= node.list.scrollHeight - 4;
    patch(node.list, lines, (line) => line.number, logNode);
    if (isAtEnd) node.list.scrollTop = node.list.scrollHeight;
  });
}

function logNode(line) {
  const { level, text } = logLine(line.line);
  return make('li', {}, make('span', { class: 'when', text: line.at.slice(11, 23) }), ' ',
    level ? make('span', { class: `level level-${level.toLowerCase()}`, text: level }) : null, ' ', make('span', { text }));
}

export function startRun() {
  onChange(drawRun);
}
