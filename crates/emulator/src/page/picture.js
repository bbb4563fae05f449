// The picture of the pipeline: what runs lights up, and what is not run here is grey.

import { $, draw, setText } from './dom.js';
import { bus, trace } from './trace.js';

const said = new Map(); // of each function, the text above its job

export async function fetchPicture() {
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
  said.clear();
  for (const job of bus.state.elsewhere ?? []) {
    const node = nodeOf(job);
    node?.classList.add('elsewhere');
    if (node) label(node, 'not run here');
  }
  drawPicture();
}

const jobOf = (name) => bus.state?.functions.find((it) => it.name === name)?.job;

function nodeOf(job) {
  const nodes = $('graph').querySelectorAll('svg g.job, svg g.job.disabled');
  return [...nodes].find((node) => node.querySelector('.name')?.textContent === job);
}

/** Draws what has changed since the last time. */
export function drawPicture() {
  for (const [name, { ok, failed }] of trace.tallies) {
    const text = failed ? `${ok} ok, ${failed} failed` : `${ok} ok`;
    if (said.get(name) === text) continue;
    const node = nodeOf(jobOf(name));
    if (!node) continue;
    said.set(name, text);
    node.classList.toggle('bad', failed > 0);
    label(node, text);
  }
  for (const name of trace.lit) {
    const node = nodeOf(jobOf(name));
    if (!node) continue;
    node.classList.remove('lit');
    void node.getBoundingClientRect();
    node.classList.add('lit');
  }
  trace.lit.clear();
}

function label(node, text) {
  const box = node.querySelector('rect');
  let it = node.querySelector('.tally');
  if (!it) {
    it = draw('text', { class: 'tally', x: Number(box.getAttribute('x')) + Number(box.getAttribute('width')) / 2, y: Number(box.getAttribute('y')) - 5 });
    node.append(it);
  }
  setText(it, text);
}

/** Forgets the counts of a trace that is no longer there. */
export function clearPicture() {
  said.clear();
  for (const node of $('graph').querySelectorAll('g.job:not(.elsewhere)')) {
    node.classList.remove('bad', 'lit');
    node.querySelector('.tally')?.remove();
  }
}
