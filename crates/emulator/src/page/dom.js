// Elements: made once, and changed only where what they show has changed. So a selection, the focus and what somebody
// opened stay while events flow.

export const $ = (id) => document.getElementById(id);

/** An element with text, attributes and children. */
export function make(tag, options = {}, ...children) {
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

/** An element of a picture. */
export function draw(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value == null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const parts = new WeakMap(); // of each parent, the children by their keys

/**
 * Gives a parent one child for each item, in order. A child is made for a new key, changed if its item is still there, and
 * left where it is unless the order changed: moving it would take the focus and the selection from it.
 */
export function patch(parent, items, keyOf, create, update = () => {}) {
  const old = parts.get(parent) ?? new Map();
  const now = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const child = old.get(key) ?? create(item);
    now.set(key, child);
    update(child, item);
  }
  parts.set(parent, now);
  const kept = new Set(now.values());
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const child of now.values()) {
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
}

/** Patches a list of lines, each with a text and a class. */
export function patchLines(parent, lines, tag = 'div') {
  patch(parent, lines.map((line, at) => ({ at, ...line })), (line) => line.at, () => make(tag), (node, line) => {
    setText(node, line.text);
    setAttribute(node, 'class', line.kind ? `fact ${line.kind}` : 'fact');
  });
}

export const folded = (title, text, open = false) => make('details', { open }, make('summary', { text: title }), make('pre', { tabindex: '0', text }));

export async function post(path, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
  const said = await answer.text();
  try {
    return { ok: answer.ok, body: JSON.parse(said) };
  } catch {
    return { ok: false, body: { errors: [{ field: '', message: said }] } };
  }
}

/** JSON for people. */
export const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** JSON text for people, of which numbers keep their digits if the browser can do that. */
export function prettyText(text) {
  const digits = (_, value, context) =>
    (typeof value === 'number' && context?.source && JSON.rawJSON && String(value) !== context.source ? JSON.rawJSON(context.source) : value);
  try {
    return JSON.stringify(JSON.parse(text, digits), null, 2);
  } catch {
    return text;
  }
}

export const clockTime = (at) => at.slice(11, 19);
export const dateTime = (at, digits = 19) => at.replace('T', ' ').slice(0, digits).replace('Z', '');

/** A length of time for people, of milliseconds. */
export function span(ms) {
  if (ms < 1) return ms < 0.05 ? '0 ms' : `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const units = [[86_400_000, 'd', 3_600_000, 'h'], [3_600_000, 'h', 60_000, 'min'], [60_000, 'min', 1000, 's']];
  const [large, name, small, rest] = units.find(([unit]) => ms >= unit);
  const left = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${name}${left ? ` ${left} ${rest}` : ''}`;
}

/** The end of an ARN: the name that people know. */
export const shortName = (arn) => arn.split(':').pop();

const SAID_MS = 6000;
let saying = 0;

/** Announces something to all, screen readers too. It goes after a while. */
export function say(text) {
  $('said').textContent = text;
  clearTimeout(saying);
  saying = setTimeout(() => { $('said').textContent = ''; }, SAID_MS);
}
