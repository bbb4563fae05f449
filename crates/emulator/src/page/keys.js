// The keyboard: one key for what is done often. None of them counts while somebody types.

import { $ } from './dom.js';
import { pause, step } from './list.js';
import { again, editChosen } from './run.js';

const focusOn = (id) => {
  $(id).focus();
  $(id).select?.();
};

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  '/': () => focusOn('search'),
  o: () => focusOn('event-title'),
  p: pause,
  r: again,
  e: editChosen,
  n: () => focusOn('publish-event'),
  '?': () => $('keys').showModal(),
};

export function startKeys() {
  addEventListener('keydown', (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || key.defaultPrevented || $('keys').open) return;
    const isTyping = key.target.closest?.('input, textarea, select');
    if (isTyping) {
      if (key.key === 'Escape') key.target.blur();
      return;
    }
    const isInList = $('list').contains(document.activeElement);
    const by = { ArrowDown: 1, ArrowUp: -1 }[key.key];
    const act = by && isInList ? () => step(by) : KEYS[key.key];
    if (!act) return;
    key.preventDefault();
    act();
  });
  $('show-keys').addEventListener('click', () => $('keys').showModal());
}
