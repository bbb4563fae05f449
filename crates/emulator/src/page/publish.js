// Publishes events: a declared one by its fields, or any other as JSON.

import { choose } from './address.js';
import { $, make, post, setText } from './dom.js';
import { bus } from './trace.js';

const ANY = ''; // the choice that is no declared event
const FIRST = '{\n  "bus": "default",\n  "source": "my.app",\n  "detail-type": "Something Happened",\n  "detail": {}\n}';

export function drawPublish() {
  const choice = $('publish-event');
  const names = [...bus.state.events.map((event) => event.name), ANY];
  const known = [...choice.options].map((option) => option.value);
  if (names.join('\n') === known.join('\n')) return;
  const before = known.length ? choice.value : names[0];
  choice.replaceChildren(...names.map((name) => new Option(name || 'any other, as JSON', name)));
  choice.value = names.includes(before) ? before : names[0];
  drawFields();
}

const declared = () => bus.state?.events.find((event) => event.name === $('publish-event').value);

function drawFields() {
  const event = declared();
  const about = event ? `${event.description ?? ''} ${event.external ? '' : '(a job emits it; publishing it starts what follows)'}`
    : 'An entry of PutEvents, or a whole envelope. It needs source, detail-type and detail, and may have bus and resources.';
  setText($('publish-about'), about.trim());
  $('publish-fields').replaceChildren(...(event ? event.fields.map(field) : [written()]));
  setText($('publish-error'), '');
}

// ---- any JSON ----

function written() {
  const error = make('span', { class: 'error', id: 'publish-json-error' });
  const area = make('textarea', {
    id: 'publish-json', rows: 14, spellcheck: 'false', class: 'code', 'aria-describedby': error.id,
    on: {
      input: () => checkJson(area, error),
      keydown: (key) => { if (key.key === 'Enter' && (key.ctrlKey || key.metaKey)) $('publish-form').requestSubmit(); },
    },
  });
  area.value = FIRST;
  return make('label', {}, 'JSON', area, error);
}

function checkJson(area, error) {
  let problem = '';
  try {
    const value = JSON.parse(area.value);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) problem = 'an event is an object';
  } catch (wrong) {
    problem = `this is no JSON: ${wrong.message}`;
  }
  setText(error, problem);
  area.setAttribute('aria-invalid', String(Boolean(problem)));
  return !problem;
}

/** Begins with an event that is there already. */
export function edit(text) {
  $('publish-event').value = ANY;
  drawFields();
  const area = $('publish-json');
  area.value = text;
  area.rows = Math.min(30, text.split('\n').length + 1);
  $('publish').scrollIntoView({ block: 'start' });
  area.focus();
}

async function publishWritten() {
  const area = $('publish-json');
  if (!checkJson(area, $('publish-json-error'))) return area.focus();
  const answer = await post('entries', area.value);
  setText($('publish-error'), answer.ok ? '' : (answer.body.errors ?? []).map((one) => one.message).join('; '));
  done(answer);
}

// ---- a declared event ----

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
  setText(error, problem);
  input.setAttribute('aria-invalid', String(Boolean(problem)));
  return !problem;
}

async function publishDeclared(event) {
  const inputs = event.fields.map((it) => [it, $(`field-${it.name}`), $(`field-${it.name}-error`)]);
  const wrong = inputs.filter(([it, input, error]) => !check(it, input, error));
  if (wrong.length) return wrong[0][1].focus();
  const detail = Object.fromEntries(inputs.map(([it, input]) => [it.name, typed(it, input.value)]).filter(([, value]) => value !== undefined));
  const answer = await post('publish', { event: event.name, detail });
  const errors = answer.ok ? [] : answer.body.errors ?? [];
  for (const [it, input, error] of inputs) {
    setText(error, errors.find((one) => one.field === it.name)?.message ?? '');
    input.setAttribute('aria-invalid', String(Boolean(error.textContent)));
  }
  const others = errors.filter((one) => !inputs.some(([it]) => it.name === one.field));
  setText($('publish-error'), others.map((one) => `${one.field} ${one.message}`).join('; '));
  done(answer);
}

function done(answer) {
  const id = answer.ok ? answer.body.event_id : null;
  $('publish-done').replaceChildren(...(id ? [`published ${id.slice(0, 8)}; `, make('a', { href: '#event-title', text: 'its run', on: { click: showRun } })] : []));
  if (id) choose(id);
}

/** The address has what is looked at, so a link within the page does not go by it. */
function showRun(click) {
  click.preventDefault();
  $('event').scrollIntoView({ block: 'start' });
  $('event-title').focus();
}

export function startPublish() {
  $('publish-event').addEventListener('change', drawFields);
  $('publish-form').addEventListener('submit', (submit) => {
    submit.preventDefault();
    const event = declared();
    if (event) publishDeclared(event);
    else publishWritten();
  });
}
