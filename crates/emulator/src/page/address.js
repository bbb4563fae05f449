// What is looked at: in the address, so that it can be kept and shared. And what was seen already: in the browser.

import { $ } from './dom.js';

const FIELDS = { search: '', job: '', outcome: 'all', subject: '' };
export const view = { event: null, process: null };
const changed = []; // who draws when the address changed

export function onChange(draw) {
  changed.push(draw);
}

/** Writes what is looked at into the address. A chosen event is a step that the browser's way back undoes. */
export function remember(isStep = false) {
  const parts = new URLSearchParams();
  if (view.event) parts.set('event', view.event);
  for (const [name, usual] of Object.entries(FIELDS)) if ($(name).value !== usual) parts.set(name, $(name).value);
  const address = parts.size ? `#${parts}` : '#';
  if (isStep && address !== location.hash) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

export function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  view.event = parts.get('event');
  for (const [name, usual] of Object.entries(FIELDS)) {
    const value = parts.get(name) ?? usual;
    // The jobs are known only once the bus has said them.
    if (name === 'job' && value && ![...$('job').options].some((option) => option.value === value)) $('job').append(new Option(value, value));
    $(name).value = value;
    // A choice that there is not, in an address that somebody wrote.
    if ($(name).value !== value) $(name).value = usual;
  }
}

addEventListener('popstate', () => {
  recall();
  for (const draw of changed) draw();
});

export function choose(id) {
  view.event = id;
  remember(true);
  for (const draw of changed) draw();
}

// ---- what was seen already ----

let inMemory = null;

/** A browser that lets the page keep nothing makes no difference but that a reload forgets. */
function kept(act) {
  for (const storage of ['localStorage', 'sessionStorage']) {
    try {
      return act(window[storage]);
    } catch {
      // The next one may be let in.
    }
  }
  return null;
}

/** The number of the last record that somebody looked at failures after: of this bus, not of one before it. */
export function looked() {
  const text = kept((storage) => storage.getItem('looked')) ?? inMemory;
  const [process, sequence] = (text ?? '').split(' ').map(Number);
  return process === view.process ? sequence : -1;
}

export function look(sequence) {
  inMemory = `${view.process} ${sequence}`;
  kept((storage) => storage.setItem('looked', inMemory));
}
