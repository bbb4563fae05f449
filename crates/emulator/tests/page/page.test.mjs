// The page of `codegen dev`, in a real browser: what it shows, and what can be done on it.
//
//   node page.test.mjs CODEGEN CHROMIUM [FOLDER FOR SCREENSHOTS]

import assert from 'node:assert/strict';
import { aws, endpoint, inBrowser, open, screenshots, state, until, url, violations } from './bus.mjs';

const CHAIN = ['user.signup', 'features.computed', 'persona.assigned'];

const children = await inBrowser(async (browser) => {
  await until('functions are built', async () => (await state()).functions.length === 3, 900);
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
  const page = await open(context);
  await page.goto(url);
  await page.getByText('connected', { exact: true }).waitFor();
  const run = page.locator('#event');
  const list = page.locator('#list button');
  const row = (name) => run.locator('#rows tr.event', { hasText: name });

  // Publish through the form, and see the whole chain.
  await page.locator('#field-user_id').fill('u-browser');
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  for (const name of CHAIN) await row(name).waitFor();
  const targets = run.locator('#rows tr.target');
  await until('three functions ran', async () => await targets.filter({ has: page.locator('.is-ok') }).count() === 3);
  await page.locator('#graph .tally', { hasText: '1 ok' }).nth(2).waitFor();
  assert.match(await targets.first().locator('.number').nth(1).textContent(), /^[\d.]+ m?s$/);
  assert.ok(await targets.first().locator('.bar rect').count() >= 1, 'a run has a bar');

  // Whichever event of a run is opened, it is the same tree, with that one marked.
  for (const name of CHAIN) {
    await list.filter({ hasText: name }).first().click();
    await row(name).and(page.locator('[aria-current=true]')).waitFor();
    assert.equal(await run.locator('#rows tr[aria-current=true]').count(), 1);
    assert.deepEqual(await run.locator('#rows tr.event .name').allTextContents(), CHAIN);
  }
  await page.goBack();
  await row(CHAIN[1]).and(page.locator('[aria-current=true]')).waitFor();

  // The log of a run is beside it, with levels.
  await targets.first().getByRole('button').click();
  await run.locator('.logs li').first().waitFor();
  assert.ok(await run.locator('.logs .level-info').count() >= 1, 'a line of the log has its level');

  // What is wrong with a field is said beside it, before and after it is sent.
  await page.locator('#field-timestamp').fill('noon');
  await page.locator('#field-timestamp-error', { hasText: '2026-01-31T09:00:00Z' }).waitFor();
  assert.equal(await page.locator('#field-timestamp').getAttribute('aria-invalid'), 'true');
  await page.locator('#field-timestamp').fill('2026-99-99T00:00:00Z');
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.locator('#field-timestamp-error', { hasText: 'cannot be' }).waitFor();

  // An event that no rule matches, and why.
  await aws('AWSEvents.PutEvents', { Entries: [{ Source: 'spendsense', DetailType: 'User Signup', Detail: '{"event_type":"User.Signup"}' }] });
  await page.locator('#outcome').selectOption('unmatched');
  await until('one event is unmatched', async () => await list.count() === 1);
  await list.first().click();
  await run.getByText('no rule matched').first().waitFor();
  await run.getByRole('button', { name: 'Why did rules match' }).click();
  await run.getByText('detail.event_type: wants').first().waitFor();
  await page.locator('#outcome').selectOption('all');

  // The same event once more, and another made of it, digit by digit.
  const digits = '{"n":12345678901234567890123}';
  await aws('AWSEvents.PutEvents', { Entries: [{ Source: 'by.hand', DetailType: 'Numbers', Detail: digits }] });
  await list.filter({ hasText: 'by.hand' }).first().click();
  const first = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('event');
  await run.getByRole('button', { name: 'Run again' }).click();
  await until('another event is chosen', () => !page.url().includes(first));
  const envelope = async () => {
    const id = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('event');
    return (await fetch(`${url}events/${id}`)).text();
  };
  assert.ok((await envelope()).includes('12345678901234567890123'), await envelope());
  await run.getByRole('button', { name: 'Edit and publish' }).click();
  const json = page.locator('#publish-json');
  assert.match(await json.inputValue(), /"n": 12345678901234567890123/);
  await json.fill('{');
  await page.locator('#publish-json-error', { hasText: 'no JSON' }).waitFor();
  await json.fill('{"source":"by.hand","detail-type":"Edited","sorce":1,"detail":{}}');
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.locator('#publish-error', { hasText: 'sorce' }).waitFor();
  await json.fill('{"source":"by.hand","detail-type":"Edited","bus":"default","detail":{"n":1}}');
  await json.press('Control+Enter');
  await row('by.hand / Edited').waitFor();
  await page.locator('#publish-event').selectOption('user.signup');

  // A dead letter is counted, also after a reload, until somebody looks. It is sent again once its target is there.
  await aws('AWSEvents.PutRule', { Name: 'to-nowhere', EventPattern: '{"source":["elsewhere"]}' });
  const dead = 'arn:aws:sqs:us-east-1:000000000000:spendsense-compute-features-dlq-local';
  await aws('AWSEvents.PutTargets', { Rule: 'to-nowhere', Targets: [{ Id: 'a', Arn: 'arn:aws:sqs:us-east-1:000000000000:later', DeadLetterConfig: { Arn: dead } }] });
  await aws('AWSEvents.PutEvents', { Entries: [{ Source: 'elsewhere', DetailType: 'X', Detail: '{"n":1}' }] });
  const failures = page.locator('#failures', { hasText: '1 failed since you looked' });
  await failures.waitFor();
  await page.reload();
  await failures.click();
  await page.locator('#list .is-kept').waitFor();
  assert.equal(await page.locator('#outcome').inputValue(), 'failures');
  await failures.waitFor({ state: 'hidden' });
  await page.reload();
  await list.filter({ hasText: 'elsewhere / X' }).waitFor();
  assert.ok(await failures.isHidden(), 'what was looked at is not counted again');
  await page.locator('#outcome').selectOption('all');
  const queue = page.locator('.queue', { hasText: 'spendsense-compute-features-dlq-local' });
  await queue.getByRole('button', { name: 'Show' }).click();
  await queue.locator('li', { hasText: 'NO_RESOURCE' }).waitFor();
  await aws('AmazonSQS.CreateQueue', { QueueName: 'later' });
  await queue.getByRole('button', { name: /^Send message/ }).click();
  await page.locator('.queue', { hasText: 'later' }).waitFor();
  await queue.waitFor({ state: 'detached' });

  // A run that fails for good: its retries come when the clock is put forward, each with a row and a bar.
  await fetch(`${endpoint}/2015-03-31/functions/spendsense-compute-features-local/invocations`, {
    method: 'POST', headers: { 'x-amz-invocation-type': 'Event' }, body: '{"detail-type":"Nonsense","source":"x","detail":{}}',
  });
  await list.filter({ hasText: 'invoked' }).first().click();
  await run.getByText('failed, tried again').first().waitFor();
  await page.getByRole('button', { name: '+ 1 h' }).click();
  await run.getByText('given up: RetriesExhausted').waitFor();
  const tries = run.locator('#rows tr.try');
  assert.equal(await tries.count(), 3);
  assert.equal(await tries.filter({ hasText: 'MalformedEvent' }).count(), 3);
  assert.match(await tries.nth(2).locator('.number').first().textContent(), /min|h/);
  await run.locator('.break').first().waitFor();
  if (screenshots) await page.screenshot({ path: `${screenshots}/retries.png`, fullPage: true });
  assert.deepEqual(await violations(page), [], 'with retries');

  // By job and subject.
  await page.locator('#job').selectOption('assign-persona');
  await until('only what assign-persona got', async () => (await list.locator('.name').allTextContents()).every((name) => name === 'features.computed'));
  await page.locator('#job').selectOption('');
  await page.locator('#subject').fill('u-browser');
  await until('three events are about u-browser', async () => await list.count() === 3);
  await page.locator('#subject').fill('');

  // Search, and keep what is looked at in the address.
  await page.locator('#search').fill('u-browser');
  await until('three events are found', async () => await list.count() === 3);
  await list.last().click();
  await page.reload();
  await page.locator('#list button[aria-current=true]', { hasText: 'user.signup' }).waitFor();
  assert.equal(await page.locator('#search').inputValue(), 'u-browser');

  // A schedule's event once more: no pattern matches it, so it goes to its rule's targets.
  await page.locator('#search').fill('');
  await page.getByRole('button', { name: 'To next due' }).click();
  await list.filter({ hasText: 'schedule' }).first().click();
  await until('its function ran', async () => await targets.first().locator('.is-ok').count() === 1);
  const onces = await targets.filter({ hasText: 'compute-features' }).count();
  await run.getByRole('button', { name: 'Run again' }).click();
  await until('it ran again', async () => await targets.filter({ hasText: 'compute-features' }).count() === onces + 1);

  // By keyboard alone.
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  if (screenshots) await page.screenshot({ path: `${screenshots}/keys.png` });
  assert.deepEqual(await violations(page), [], 'with the keys');
  await page.keyboard.press('Escape');
  // Others may still come in above the first, so the two are taken in one moment.
  const second = await page.evaluateHandle(() => {
    const rows = document.querySelectorAll('#list button');
    rows[0].focus();
    return rows[1];
  });
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await until('the second one is open', async () => await second.getAttribute('aria-current') === 'true');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  assert.equal(await page.locator('#pause').getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('p');
  await page.keyboard.press('n');
  for (const key of ['Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Publish');
  const before = (await state()).sequence;
  await page.keyboard.press('Enter');
  await until('the keyboard published', async () => (await state()).sequence > before);
  for (const name of CHAIN) await row(name).waitFor();
  await targets.nth(2).locator('.is-ok').waitFor();
  await targets.first().getByRole('button').click();

  // Light and dark, narrow and wide: no sideways scrolling, nothing that a screen reader stumbles over.
  for (const [width, height] of [[400, 900], [1600, 1000]]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (screenshots) await page.screenshot({ path: `${screenshots}/${width}-${colorScheme}.png`, fullPage: true });
      assert.ok(wide <= width, `${wide} px at ${width}`);
      assert.deepEqual(await violations(page), [], `at ${width} px, ${colorScheme}`);
    }
  }
});
assert.ok(children.length >= 3, 'each function has a process');
console.log('the page works');
