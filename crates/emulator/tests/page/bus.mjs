// What the tests of the page share: a bus of `codegen dev`, a browser, and how to wait.

import assert from 'node:assert/strict';
import { execSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [test, codegen, executablePath] = process.argv.slice(1);
export const screenshots = process.argv[4];
const spec = test.endsWith('storm.test.mjs') ? ['--spec', new URL('storm.yaml', import.meta.url).pathname] : [];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const bus = spawn(codegen, ['dev', '--port', '0', '--format', 'json', ...spec], { stdio: ['ignore', 'pipe', 'pipe'] });
let said = '';
bus.stderr.on('data', (text) => { said += text; });
const lines = createInterface({ input: bus.stdout });
export const { endpoint, page: url } = await new Promise((found, lost) => {
  lines.once('line', (line) => found(JSON.parse(line)));
  bus.once('exit', () => lost(new Error(`codegen dev ended: ${said}`)));
});

/** Calls an AWS API as its clients do. */
export async function aws(target, body) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

export async function until(what, is, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; ;) {
    const value = await is();
    if (value) return value;
    assert.ok(Date.now() < end, `never: ${what}\n${said}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

export const state = async () => (await fetch(`${url}state`)).json();

/** What the page did that it must not do. */
export const problems = [];

export async function open(context) {
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.stack ?? String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('400 (Bad Request)')) problems.push(message.text()); });
  page.on('request', (request) => { if (!request.url().startsWith(endpoint)) problems.push(`asked for ${request.url()}`); });
  return page;
}

/** What a screen reader stumbles over. The page lets no script in but its own; the debugger may. */
export async function violations(page) {
  const debug = await page.context().newCDPSession(page);
  const answer = await debug.send('Runtime.evaluate', {
    expression: `${axe}; axe.run(document).then((found) => found.violations.map((it) => it.id + ': ' + it.nodes.map((node) => node.html).join(' ')))`,
    awaitPromise: true, returnByValue: true,
  });
  await debug.detach();
  return answer.result.value;
}

/** Runs a test in a browser, ends the bus, and sees that nothing of it stays. */
export async function inBrowser(test) {
  let browser;
  const children = [];
  try {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-precise-memory-info'] });
    await test(browser);
    assert.deepEqual(problems, []);
    children.push(...execSync(`pgrep -P ${bus.pid} || true`).toString().split('\n').filter(Boolean));
  } catch (wrong) {
    const pages = browser?.contexts().flatMap((context) => context.pages()) ?? [];
    for (const page of pages) console.error('the page showed:', await page.locator('main').innerText().catch(() => ''), problems);
    throw wrong;
  } finally {
    await browser?.close();
    bus.kill('SIGTERM');
  }
  await until('the bus has ended', () => bus.exitCode !== null || bus.signalCode !== null);
  assert.equal(bus.exitCode, 143);
  for (const child of children) {
    await until(`process ${child} has ended`, () => { try { process.kill(Number(child), 0); return false; } catch { return true; } });
  }
  return children;
}
