// The queues that keep what failed, and the rules.

import { $, clockTime, dateTime, folded, make, patch, post, pretty, say, setText } from './dom.js';
import { bus, readable, whyKept } from './trace.js';

const open = new Map(); // of each queue that is shown, its messages

export function drawQueues() {
  const filled = bus.state.queues.filter((queue) => queue.messages > 0);
  for (const name of open.keys()) if (!filled.some((queue) => queue.name === name)) open.delete(name);
  $('no-queues').hidden = filled.length > 0;
  patch($('queue-list'), filled, (queue) => queue.name, createQueue, updateQueue);
}

/** Fetches again what the shown queues keep. */
export async function fetchQueues() {
  await Promise.all([...open.keys()].map(fetchQueue));
  drawQueues();
}

async function fetchQueue(name) {
  const answer = await fetch(`queues/${encodeURIComponent(name)}`);
  if (answer.ok && open.has(name)) open.set(name, (await answer.json()).messages);
}

function createQueue({ name }) {
  const count = make('span', { class: 'count' });
  const show = make('button', {
    type: 'button', 'aria-expanded': 'false',
    on: {
      click: async () => {
        if (!open.delete(name)) {
          open.set(name, []);
          await fetchQueue(name);
        }
        drawQueues();
      },
    },
  });
  const all = make('button', { type: 'button', text: 'Send all again', on: { click: () => redrive(name) } });
  const list = make('ul');
  const node = make('div', { class: 'queue' }, make('h3', {}, make('span', { text: name }), count, show, all), list);
  return Object.assign(node, { queue: { count, show, list } });
}

function updateQueue({ queue }, { name, messages }) {
  const isOpen = open.has(name);
  setText(queue.count, String(messages));
  setText(queue.show, isOpen ? 'Hide' : 'Show');
  queue.show.setAttribute('aria-expanded', String(isOpen));
  queue.list.hidden = !isOpen;
  patch(queue.list, open.get(name) ?? [], (message) => message.id, (message) => make('li', {},
    make('span', { class: 'when', text: dateTime(message.sent) }), ' ', whyKept(message),
    make('button', { type: 'button', text: 'Send again', 'aria-label': `Send message ${message.id.slice(0, 8)} again`, on: { click: () => redrive(name, message.id) } }),
    folded('Message', `${pretty(message.attributes)}\n${pretty(readable(message.body))}`)));
}

let refresh = async () => {};

async function redrive(name, message) {
  const answer = await post(`queues/${encodeURIComponent(name)}/redrive`, message ? { message } : {});
  const left = answer.body.left ?? [];
  const done = answer.body.redriven ?? 0;
  say(left.length ? `${done} sent again, ${left.length} not: ${left[0].why}` : `${done} sent again`);
  await refresh();
}

export function drawRules() {
  patch($('rule-list'), bus.state.rules, (rule) => JSON.stringify([rule.bus, rule.name, rule.enabled, rule.pattern, rule.schedule, rule.timezone]), (rule) => {
    const next = make('td', { class: 'code' });
    const waits = rule.schedule ? make('span', { class: 'code', text: `${rule.schedule} ${rule.timezone}` }) : folded('pattern', pretty(rule.pattern));
    const name = make('td', { class: 'code', text: rule.enabled ? rule.name : `${rule.name} (disabled)` });
    return Object.assign(make('tr', {}, name, make('td', {}, waits), next), { next });
  }, (row, rule) => setText(row.next, rule.next ? dateTime(rule.next, 16) : ''));
}

/** The clock, and what puts it forward. */
export function drawClock() {
  const { now, next_due: due } = bus.state;
  setText($('now'), `${dateTime(now)} UTC`);
  $('now').dateTime = now;
  const isToday = due?.slice(0, 10) === now.slice(0, 10);
  setText($('due'), due ? `next due ${isToday ? clockTime(due) : dateTime(due)}` : '');
}

export function startQueues(whenChanged) {
  refresh = whenChanged;
  for (const button of document.querySelectorAll('.clock button')) {
    button.addEventListener('click', async () => {
      // Not disabled meanwhile: that would take the focus from it.
      if (button.ariaBusy === 'true') return;
      button.ariaBusy = 'true';
      await post('clock', button.dataset.advance ? { advance_seconds: Number(button.dataset.advance) } : { to_next: true });
      button.ariaBusy = null;
      await refresh();
    });
  }
}
