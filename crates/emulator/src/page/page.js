// The page of the local bus: reads the trace as it grows, and draws what is looked at.

import {
  add, clear, failureText, fateOfEvent, listeners, logLine, matches, message, pretty, readable, run, trace, whyKept, WORDS,
} from './trace.js';

const $ = (id) => document.getElementById(id);
const SHOWN = 300; // events in the list
let state = null;
let selected = null;
let drawn = { list: false, path: false };
const openQueues = new Set();

/** An element with text, attributes and children. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'text') element.textContent = value;
    else if (name === 'on') for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// ---- the picture ----

const tallies = new Map();

async function drawGraph() {
  const text = await (await fetch('graph.svg')).text();
  // A style of one's own is not let in by the page's policy, a style sheet of the document is.
  let style = '';
  const bare = text.replace(/<style>([^]*?)<\/style>/, (_, rules) => { style = rules; return ''; });
  const svg = new DOMParser().parseFromString(bare, 'image/svg+xml').documentElement;
  if (svg.nodeName !== 'svg') return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style.replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&'));
  document.adoptedStyleSheets = [sheet];
  $('graph').querySelector('.picture').replaceChildren(document.importNode(svg, true));
  for (const name of tallies.keys()) showTally(name);
}

function jobNode(functionName) {
  const job = state?.functions.find((it) => it.name === functionName)?.job;
  if (!job) return null;
  const nodes = $('graph').querySelectorAll('svg g.job, svg g.job.disabled');
  return [...nodes].find((node) => node.querySelector('.name')?.textContent === job);
}

function light(functionName, how) {
  const node = jobNode(functionName);
  if (!node) return;
  node.classList.remove(how);
  void node.getBoundingClientRect();
  node.classList.add(how);
}

function tally(functionName, outcome) {
  if (!functionName) return;
  const counts = tallies.get(functionName) ?? { ok: 0, failed: 0 };
  counts[outcome]++;
  tallies.set(functionName, counts);
  showTally(functionName);
}

function showTally(functionName) {
  const node = jobNode(functionName);
  if (!node) return;
  const { ok, failed } = tallies.get(functionName);
  node.classList.toggle('bad', failed > 0);
  node.classList.remove('lit');
  const box = node.querySelector('rect');
  let label = node.querySelector('.tally');
  if (!label) {
    label = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    label.setAttribute('class', 'tally');
    label.setAttribute('x', Number(box.getAttribute('x')) + Number(box.getAttribute('width')) / 2);
    label.setAttribute('y', Number(box.getAttribute('y')) - 5);
    node.append(label);
  }
  label.textContent = failed ? `${ok} ok, ${failed} failed` : `${ok} ok`;
}

// ---- the list ----

function drawList() {
  drawn.list = true;
  const words = $('search').value.trim().toLowerCase();
  const outcome = $('outcome').value;
  const found = [];
  for (let at = trace.order.length - 1; at >= 0 && found.length < SHOWN; at--) {
    const event = trace.events.get(trace.order[at]);
    if (event && matches(event, words, outcome)) found.push(event);
  }
  const focused = document.activeElement?.dataset?.event;
  $('list').replaceChildren(...found.map((event) => {
    const fate = fateOfEvent(event);
    return make('li', {}, make('button', {
      type: 'button', 'data-event': event.id, 'aria-current': String(event.id === selected),
      on: { click: () => select(event.id) },
    },
    make('span', { class: 'when', text: clockTime(event.at) }),
    make('span', { class: 'name', text: event.subject ? `${event.name}  ${event.subject}` : event.name }),
    make('span', { class: `mark is-${fate}`, text: WORDS[fate] })));
  }));
  if (focused) $('list').querySelector(`[data-event="${CSS.escape(focused)}"]`)?.focus();
  $('none').hidden = found.length > 0;
  $('none').textContent = trace.order.length ? 'No event is like that.' : 'Nothing yet. Publish an event below, or point an AWS SDK here.';
  $('count').textContent = trace.order.length ? `${found.length === SHOWN ? 'the last ' : ''}${found.length} of ${trace.order.length}` : '';
}

const clockTime = (at) => at.slice(11, 19);

function select(id) {
  selected = id;
  remember();
  for (const button of $('list').querySelectorAll('button')) {
    button.setAttribute('aria-current', String(button.dataset.event === id));
  }
  drawPath();
}

$('list').addEventListener('keydown', (key) => {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[key.key];
  const button = step && document.activeElement?.closest('li')?.[step]?.querySelector('button');
  if (button) {
    button.focus();
    key.preventDefault();
  }
});

// ---- one event ----

const folded = (title, text) => make('details', {}, make('summary', { text: title }), make('pre', { tabindex: '0', text }));
const fact = (text, kind = '') => make('div', { class: `fact ${kind}`, text });

function drawPath() {
  drawn.path = true;
  const event = trace.events.get(selected);
  if (!event) {
    $('path').replaceChildren(make('p', { class: 'quiet', text: 'Choose an event to see its way.' }));
    return;
  }
  const open = [...$('path').querySelectorAll('details[open] > summary')].map((summary) => summary.textContent);
  $('event-title').textContent = event.name;
  $('path').replaceChildren(make('ul', {}, eventNode(event, 0)));
  for (const summary of $('path').querySelectorAll('summary')) {
    if (open.includes(summary.textContent) && summary.textContent !== 'Event') summary.parentElement.open = true;
  }
}

function eventNode(event, depth) {
  const node = make('li', {},
    make('span', { class: 'name', text: event.name }),
    ` ${event.subject ?? ''} `,
    make('span', { class: 'when', text: event.at.replace('T', ' ').slice(0, 23) }),
    folded(`Event ${event.id.slice(0, 8)}`, pretty(event.envelope)));
  if (event.unmatched) node.append(fact(`no rule matched${event.unmatched.reason ? `: ${event.unmatched.reason}` : ''}`, 'is-unmatched'));
  for (const rule of event.undecided) node.append(fact(`undecided: ${rule} asks for fields of too many arrays`, 'is-unmatched'));
  if (event.stopped) node.append(fact(`stopped: a loop of events, ${event.stopped} functions long`, 'is-failed'));
  if (!event.scheduled && !event.direct) node.append(whyButton(event));
  const below = make('ul');
  for (const number of event.deliveries) below.append(deliveryNode(trace.deliveries.get(number), depth));
  if (event.direct) below.append(make('li', {}, ...runParts(run(event.direct), depth)));
  if (below.childNodes.length) node.append(below);
  return node;
}

function whyButton(event) {
  const rules = make('div');
  const button = make('button', {
    type: 'button', text: 'Why did rules match or not?', 'aria-expanded': 'false',
    on: {
      click: async () => {
        const answer = await fetch(`events/${encodeURIComponent(event.id)}/explanation`);
        const list = answer.ok ? await answer.json() : [];
        rules.replaceChildren(...list.map(explained));
        button.setAttribute('aria-expanded', 'true');
      },
    },
  });
  return make('div', {}, button, rules);
}

function verdict(rule) {
  if (rule.undecided) return 'undecided: asks for fields of too many arrays';
  return rule.matched ? 'matches' : 'does not match';
}

function explained(rule) {
  const node = make('div', {}, make('span', { class: 'code', text: rule.rule }), ' ',
    make('span', { class: rule.matched ? 'is-ok' : 'is-unmatched', text: verdict(rule) }));
  if (!rule.enabled) node.append(' (disabled)');
  for (const finding of rule.findings) {
    const found = finding.found.length ? finding.found.join(', ') : 'nothing';
    const near = finding.near_miss ? ` (${finding.near_miss})` : '';
    node.append(fact(`${finding.path}: wants ${finding.wanted}, and there is ${found}${near}`));
  }
  return node;
}

function deliveryNode(delivery, depth) {
  const node = make('li', {}, make('span', { class: 'code', text: delivery.rule }));
  if (delivery.payload) node.append(folded('What the target received', pretty(delivery.payload)));
  for (const fault of delivery.faults) node.append(fact(`fault: ${fault}`, 'is-unmatched'));
  if (delivery.throttled) node.append(fact(`throttled ${delivery.throttled} times${delivery.done || delivery.failed ? '' : `, again at ${delivery.retryAt}`}`, 'is-unmatched'));
  if (delivery.failed) {
    node.append(fact(`not delivered: ${delivery.why ?? delivery.failed}`, 'is-failed'));
    const letter = delivery.deadLetter;
    node.append(fact(letter?.kept ? `dead letter in ${letter.queue.split(':').pop()}` : 'lost: no queue took it', 'is-failed'));
  } else if (delivery.message) {
    node.append(...messageParts(message(delivery.message), delivery.arn.split(':').pop(), depth));
  } else if (delivery.request) {
    node.append(...runParts(run(delivery.request), depth));
  } else {
    if (delivery.again) node.append(fact(`failed ${delivery.again} times: ${delivery.why}`, 'is-unmatched'));
    const here = delivery.elsewhere ? ', not run here' : '';
    node.append(fact(delivery.done ? `delivered to ${delivery.arn}${here}` : `to ${delivery.arn}`));
  }
  return node;
}

/** What became of a message of a queue: the run of each batch that it was in. */
function messageParts(it, queue, depth) {
  const parts = [fact(it.batches.length ? `in ${queue}` : `waits in ${queue}`)];
  for (const batch of it.batches) {
    const size = batch.messages.length;
    const failed = batch.failed.includes(it.id) ? ', this one failed' : '';
    if (size > 1 || failed) parts.push(fact(`in a batch of ${size}${failed}`, failed ? 'is-failed' : ''));
    parts.push(...runParts(run(batch.request), depth));
  }
  if (it.givenUp) parts.push(fact(it.givenUp.queue ? `given up, kept in ${it.givenUp.queue.split(':').pop()}` : 'lost: too old for its queue', 'is-failed'));
  return parts;
}

function runParts(it, depth) {
  const parts = [];
  it.attempts.forEach((attempt, index) => {
    const again = index ? ` (retry ${index})` : '';
    const start = attempt.cold ? 'cold' : 'warm';
    const line = make('div', {}, make('span', { class: 'code', text: it.function ?? '' }), `${again} `);
    if (attempt.failure) {
      line.append(make('span', { class: 'is-failed', text: `failed: ${failureText(attempt.failure)}` }));
      if (attempt.retryAt) line.append(` again at ${attempt.retryAt.replace('T', ' ').slice(0, 19)}`);
    } else if (attempt.took != null) {
      line.append(make('span', { class: 'is-ok', text: 'ok' }), ` ${(attempt.took / 1000).toFixed(1)} ms, ${start}`);
    } else {
      line.append(make('span', { class: 'is-running', text: 'runs' }));
    }
    parts.push(line);
  });
  if (!it.attempts.length) parts.push(fact(it.givenUp ? 'did not run' : 'waits for its turn', 'is-running'));
  for (const fault of it.faults) parts.push(fact(`fault: ${fault}`, 'is-unmatched'));
  if (it.throttled) parts.push(fact(`throttled ${it.throttled} times`, 'is-unmatched'));
  for (const refused of it.refused) parts.push(fact(`put and refused: ${refused}`, 'is-unmatched'));
  if (it.givenUp) parts.push(fact(`given up: ${it.givenUp.condition}, ${it.givenUp.queue ? `kept in ${it.givenUp.queue.split(':').pop()}` : 'lost'}`, 'is-failed'));
  if (it.logs.length) parts.push(folded(`Log, ${it.logs.length} line${it.logs.length === 1 ? '' : 's'}`, it.logs.map(logLine).join('\n')));
  if (it.emitted.length && depth < 50) {
    const below = make('ul');
    for (const id of it.emitted) {
      const event = trace.events.get(id);
      if (event) below.append(eventNode(event, depth + 1));
    }
    parts.push(below);
  }
  return parts;
}

// ---- publishing ----

function drawPublish() {
  const choice = $('publish-event');
  const names = state.events.map((event) => event.name);
  const known = [...choice.options].map((option) => option.value);
  if (names.join() === known.join()) return;
  const before = choice.value;
  choice.replaceChildren(...state.events.map((event) => make('option', { value: event.name, text: event.name })));
  if (names.includes(before)) choice.value = before;
  drawFields();
}

function declared() {
  return state.events.find((event) => event.name === $('publish-event').value);
}

function drawFields() {
  const event = declared();
  $('publish-about').textContent = event ? `${event.description ?? ''} ${event.external ? '' : '(a job emits it; publishing it starts what follows)'}`.trim() : '';
  $('publish-fields').replaceChildren(...(event?.fields ?? []).map(field));
  $('publish-error').textContent = '';
}

function field(it) {
  const id = `field-${it.name}`;
  const example = declared().example[it.name];
  const value = it.type === 'timestamp' ? new Date().toISOString().slice(0, 19) + 'Z' : example;
  const shown = value == null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const error = make('span', { class: 'error', id: `${id}-error` });
  const input = make('input', {
    id, name: it.name, value: shown, 'aria-describedby': error.id, autocomplete: 'off',
    on: { input: () => check(it, input, error) },
  });
  return make('label', {}, `${it.name} (${it.type}${it.optional ? ', may be left out' : ''})`, input, error);
}

/** The value that was typed; throws what is wrong with it. */
function typed(it, text) {
  if (text === '' && it.optional) return undefined;
  if (['string', 'timestamp', 'date', 'enum'].includes(it.type)) {
    if (it.type === 'timestamp' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) throw new Error('a time is 2026-01-31T09:00:00Z');
    if (it.type === 'date' && !/^\d{4}-\d\d-\d\d$/.test(text)) throw new Error('a day is 2026-01-31');
    return text;
  }
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${it.type} is written as JSON`);
  }
  const fits = { integer: Number.isInteger(value), number: typeof value === 'number', boolean: typeof value === 'boolean', list: Array.isArray(value) };
  if (it.type in fits && !fits[it.type]) throw new Error(`this is no ${it.type}`);
  return value;
}

function check(it, input, error) {
  let problem = '';
  try {
    typed(it, input.value);
  } catch (wrong) {
    problem = wrong.message;
  }
  error.textContent = problem;
  input.setAttribute('aria-invalid', String(Boolean(problem)));
  return !problem;
}

async function post(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await answer.text();
  try {
    return { ok: answer.ok, body: JSON.parse(text) };
  } catch {
    return { ok: false, body: { errors: [{ field: '', message: text }] } };
  }
}

$('publish-event').addEventListener('change', drawFields);
$('publish-form').addEventListener('submit', async (submit) => {
  submit.preventDefault();
  const event = declared();
  if (!event) return;
  const inputs = event.fields.map((it) => [it, $(`field-${it.name}`), $(`field-${it.name}-error`)]);
  const wrong = inputs.filter(([it, input, error]) => !check(it, input, error));
  if (wrong.length) return wrong[0][1].focus();
  const detail = Object.fromEntries(inputs.map(([it, input]) => [it.name, typed(it, input.value)]).filter(([, value]) => value !== undefined));
  const answer = await post('publish', { event: event.name, detail });
  const errors = answer.ok ? [] : answer.body.errors ?? [];
  for (const [it, input, error] of inputs) {
    error.textContent = errors.find((one) => one.field === it.name)?.message ?? '';
    input.setAttribute('aria-invalid', String(Boolean(error.textContent)));
  }
  $('publish-error').textContent = errors.filter((one) => !inputs.some(([it]) => it.name === one.field)).map((one) => `${one.field} ${one.message}`).join('; ');
  $('publish-done').textContent = answer.ok ? `published ${answer.body.event_id.slice(0, 8)}` : '';
  if (answer.ok) select(answer.body.event_id);
});

// ---- queues, rules, clock ----

async function drawQueues() {
  const filled = state.queues.filter((queue) => queue.messages > 0);
  if (!filled.length) {
    $('queue-list').replaceChildren(make('p', { class: 'quiet', text: 'Nothing failed: every queue is empty.' }));
    return;
  }
  const parts = await Promise.all(filled.map(async (queue) => {
    const answer = openQueues.has(queue.name) ? await (await fetch(`queues/${encodeURIComponent(queue.name)}`)).json() : null;
    return queueNode(queue, answer?.messages);
  }));
  const focused = document.activeElement?.id;
  $('queue-list').replaceChildren(...parts);
  if (focused) $(focused)?.focus();
}

function queueNode(queue, messages) {
  const redrive = async (message) => {
    const answer = await post(`queues/${encodeURIComponent(queue.name)}/redrive`, message ? { message } : {});
    const left = answer.body.left ?? [];
    say(left.length ? `${answer.body.redriven} sent again, ${left.length} not: ${left[0].why}` : `${answer.body.redriven} sent again`);
    await refresh();
  };
  const show = make('button', {
    type: 'button', id: `show-${queue.name}`, text: messages ? 'Hide' : 'Show', 'aria-expanded': String(Boolean(messages)),
    on: { click: () => { if (!openQueues.delete(queue.name)) openQueues.add(queue.name); drawQueues(); } },
  });
  const all = make('button', { type: 'button', text: 'Send all again', on: { click: () => redrive() } });
  const node = make('div', { class: 'queue' }, make('h3', {}, queue.name, make('span', { class: 'count', text: `${queue.messages}` }), show, all));
  if (messages) {
    node.append(make('ul', {}, ...messages.map((message) => make('li', {},
      make('span', { class: 'when', text: message.sent.replace('T', ' ').slice(0, 19) }), ' ', whyKept(message),
      make('button', { type: 'button', text: 'Send again', 'aria-label': `Send message ${message.id.slice(0, 8)} again`, on: { click: () => redrive(message.id) } }),
      folded('Message', `${pretty(message.attributes)}\n${pretty(readable(message.body))}`)))));
  }
  return node;
}

function drawRules() {
  $('rule-list').replaceChildren(...state.rules.map((rule) => make('tr', {},
    make('td', { class: 'code', text: rule.enabled ? rule.name : `${rule.name} (disabled)` }),
    make('td', {}, rule.schedule ? make('span', { class: 'code', text: `${rule.schedule} ${rule.timezone}` }) : folded('pattern', pretty(rule.pattern))),
    make('td', { class: 'code', text: rule.next?.replace('T', ' ').slice(0, 16) ?? '' }))));
}

for (const button of document.querySelectorAll('.clock button')) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    await post('clock', button.dataset.advance ? { advance_seconds: Number(button.dataset.advance) } : { to_next: true });
    button.disabled = false;
    button.focus();
    await refresh();
  });
}

function say(text) {
  $('publish-done').textContent = text;
}

// ---- keeping up ----

async function refresh() {
  const before = JSON.stringify([state?.pipeline, state?.events, state?.functions.map((it) => it.name)]);
  const rules = JSON.stringify(state?.rules);
  const queues = JSON.stringify(state?.queues);
  state = await (await fetch('state')).json();
  $('pipeline').textContent = state.pipeline || 'Local bus';
  document.title = `${state.pipeline || 'Local bus'}: local bus`;
  $('endpoint').textContent = state.endpoint;
  $('now').textContent = state.now.replace('T', ' ').slice(0, 19) + ' UTC';
  $('now').dateTime = state.now;
  $('due').textContent = state.next_due ? `next due ${state.next_due.replace('T', ' ').slice(0, 19)}` : '';
  const build = $('build');
  build.hidden = state.build.state === 'ok';
  build.classList.toggle('building', state.build.state === 'building');
  $('build-title').textContent = state.build.state === 'building' ? 'Building the functions' : 'The last build failed; the bus runs what was built before';
  build.querySelector('pre').textContent = state.build.text ?? '';
  drawPublish();
  if (JSON.stringify(state.rules) !== rules) drawRules();
  if (JSON.stringify(state.queues) !== queues) await drawQueues();
  if (JSON.stringify([state.pipeline, state.events, state.functions.map((it) => it.name)]) !== before) await drawGraph();
}

function connected(is, text) {
  const pill = $('connection');
  pill.className = `pill ${is ? 'ok' : 'bad'}`;
  if (pill.textContent !== text) pill.textContent = text;
}

function draw() {
  if (!drawn.list) drawList();
  if (!drawn.path) drawPath();
}

/** Reads the trace as it grows; begins anew when the bus was started anew. */
async function follow() {
  let from = 0;
  let bus = null;
  for (;;) {
    try {
      await refresh();
      if (state.sequence < from) {
        from = 0;
        clear();
        tallies.clear();
      }
      connected(true, 'connected');
      const answer = await fetch(`trace?from=${from}&wait=${bus === null ? 0 : 5}`);
      bus = true;
      const lines = (await answer.text()).split('\n').filter(Boolean);
      from = Number(answer.headers.get('x-next'));
      for (const line of lines) add(JSON.parse(line));
      if (lines.length) drawn = { list: false, path: false };
      draw();
    } catch {
      connected(false, 'not connected: is the bus running?');
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
}

/** What is looked at is in the address, so that it can be kept and shared. */
function remember() {
  const parts = new URLSearchParams();
  if (selected) parts.set('event', selected);
  if ($('search').value) parts.set('search', $('search').value);
  if ($('outcome').value !== 'all') parts.set('outcome', $('outcome').value);
  history.replaceState(null, '', parts.size ? `#${parts}` : '#');
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  selected = parts.get('event');
  $('search').value = parts.get('search') ?? '';
  $('outcome').value = parts.get('outcome') ?? 'all';
}

for (const id of ['search', 'outcome']) {
  $(id).addEventListener('input', () => {
    remember();
    drawList();
  });
}
$('filter').addEventListener('submit', (submit) => submit.preventDefault());
setInterval(() => { if (!document.hidden && state) refresh().catch(() => {}); }, 2000);
listeners.started = (name) => light(name, 'lit');
listeners.ended = tally;
recall();
drawList();
follow();
