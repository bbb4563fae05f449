// The page of `codegen dev`, in a real browser.
//
//   node page.test.mjs CODEGEN CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from 'node:assert/strict';
import { execSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [codegen, executablePath, screenshots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const bus = spawn(codegen, ['dev', '--port', '0', '--format', 'json'], { stdio: ['ignore', 'pipe', 'pipe'] });
let said = '';
bus.stderr.on('data', (text) => { said += text; });
const lines = createInterface({ input: bus.stdout });
const { endpoint, page: url } = await new Promise((found, lost) => {
  lines.once('line', (line) => found(JSON.parse(line)));
  bus.once('exit', () => lost(new Error(`codegen dev ended: ${said}`)));
});

/** Calls an AWS API as its clients do. */
async function aws(target, body) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

async function until(what, is) {
  for (const end = Date.now() + 60_000; ;) {
    const value = await is();
    if (value) return value;
    assert.ok(Date.now() < end, `never: ${what}\n${said}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

const state = async () => (await fetch(`${url}state`)).json();
const children = [];
let browser;
try {
  await until('functions are built', async () => (await state()).functions.length === 3);
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('400 (Bad Request)')) problems.push(message.text()); });
  page.on('request', (request) => { if (!request.url().startsWith(endpoint)) problems.push(`asked for ${request.url()}`); });
  await page.goto(url);
  await page.getByText('connected', { exact: true }).waitFor();

  // Publish through the form, and see the whole chain.
  await page.locator('#field-user_id').fill('u-browser');
  await page.getByRole('button', { name: 'Publish' }).click();
  const path = page.locator('#path');
  await path.getByText('spendsense-generate-recommendations-local').waitFor();
  for (const name of ['user.signup', 'features.computed', 'persona.assigned']) {
    await path.locator('.name', { hasText: name }).first().waitFor();
  }
  await page.locator('#graph .tally', { hasText: '1 ok' }).nth(2).waitFor();

  // What is wrong with a field is said beside it, before and after it is sent.
  await page.locator('#field-timestamp').fill('noon');
  await page.locator('#field-timestamp-error', { hasText: '2026-01-31T09:00:00Z' }).waitFor();
  assert.equal(await page.locator('#field-timestamp').getAttribute('aria-invalid'), 'true');
  await page.locator('#field-timestamp').fill('2026-99-99T00:00:00Z');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.locator('#field-timestamp-error', { hasText: 'cannot be' }).waitFor();

  // An event that no rule matches, and why.
  await aws('AWSEvents.PutEvents', { Entries: [{ Source: 'spendsense', DetailType: 'User Signup', Detail: '{"event_type":"User.Signup"}' }] });
  await page.locator('#outcome').selectOption('unmatched');
  const unmatched = page.locator('#list button');
  await unmatched.first().waitFor();
  assert.equal(await unmatched.count(), 1);
  await unmatched.first().click();
  await path.getByText('no rule matched').first().waitFor();
  await path.getByRole('button', { name: 'Why did rules match' }).click();
  await path.getByText('detail.event_type: wants').first().waitFor();
  await page.locator('#outcome').selectOption('all');

  // A dead letter, sent again once its target is there.
  await aws('AWSEvents.PutRule', { Name: 'to-nowhere', EventPattern: '{"source":["elsewhere"]}' });
  const dead = 'arn:aws:sqs:us-east-1:000000000000:spendsense-compute-features-dlq-local';
  await aws('AWSEvents.PutTargets', { Rule: 'to-nowhere', Targets: [{ Id: 'a', Arn: 'arn:aws:sqs:us-east-1:000000000000:later', DeadLetterConfig: { Arn: dead } }] });
  await aws('AWSEvents.PutEvents', { Entries: [{ Source: 'elsewhere', DetailType: 'X', Detail: '{"n":1}' }] });
  const queue = page.locator('.queue', { hasText: 'spendsense-compute-features-dlq-local' });
  await queue.getByRole('button', { name: 'Show' }).click();
  await queue.locator('li', { hasText: 'NO_RESOURCE' }).waitFor();
  await aws('AmazonSQS.CreateQueue', { QueueName: 'later' });
  await queue.getByRole('button', { name: /^Send message/ }).click();
  await page.locator('.queue', { hasText: 'later' }).waitFor();
  await queue.waitFor({ state: 'detached' });

  // A run that fails for good: its retries come when the clock is put forward.
  await fetch(`${endpoint}/2015-03-31/functions/spendsense-compute-features-local/invocations`, {
    method: 'POST', headers: { 'x-amz-invocation-type': 'Event' }, body: '{"detail-type":"Nonsense","source":"x","detail":{}}',
  });
  await page.locator('#list .name', { hasText: 'invoked' }).first().click();
  await path.getByText('failed:').first().waitFor();
  await page.getByRole('button', { name: '+ 1 h' }).click();
  await path.getByText('given up: RetriesExhausted').waitFor();
  assert.equal(await path.getByText('failed:').count(), 3);

  // Search, and keep what is looked at in the address.
  await page.locator('#search').fill('u-browser');
  await until('three events are found', async () => await page.locator('#list button').count() === 3);
  await page.locator('#list button').last().click();
  await page.reload();
  await page.locator('#list button[aria-current=true]', { hasText: 'user.signup' }).waitFor();
  assert.equal(await page.locator('#search').inputValue(), 'u-browser');

  // By keyboard alone.
  await page.locator('#search').fill('');
  await page.locator('#list button').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#list button').nth(1).getAttribute('aria-current'), 'true');
  await page.locator('#publish-event').focus();
  for (const key of ['Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Publish');
  const before = (await state()).sequence;
  await page.keyboard.press('Enter');
  await until('the keyboard published', async () => (await state()).sequence > before);

  // Light and dark, narrow and wide: no sideways scrolling, nothing that a screen reader stumbles over.
  for (const [width, height] of [[400, 900], [1600, 1000]]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px at ${width}`);
      if (screenshots) await page.screenshot({ path: `${screenshots}/${width}-${colorScheme}.png`, fullPage: true });
      // The page lets no script in but its own; the debugger may.
      const { violations } = await (await context.newCDPSession(page)).send('Runtime.evaluate', {
        expression: `${axe}; axe.run(document).then((found) => ({ violations: found.violations.map((it) => it.id + ': ' + it.nodes.map((node) => node.html).join(' ')) }))`,
        awaitPromise: true, returnByValue: true,
      }).then((answer) => answer.result.value);
      assert.deepEqual(violations, [], `at ${width} px, ${colorScheme}`);
    }
  }
  assert.deepEqual(problems, []);
  children.push(...execSync(`pgrep -P ${bus.pid}`).toString().split('\n').filter(Boolean));
  assert.ok(children.length >= 3, 'each function has a process');
} finally {
  await browser?.close();
  bus.kill('SIGTERM');
}
await until('the bus has ended', () => bus.exitCode !== null || bus.signalCode !== null);
assert.equal(bus.exitCode, 0);
for (const child of children) {
  await until(`process ${child} has ended`, () => { try { process.kill(Number(child), 0); return false; } catch { return true; } });
}
console.log('the page works');
