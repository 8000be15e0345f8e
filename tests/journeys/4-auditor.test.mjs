// An auditor finds a decision in the ledger, why a call was allowed, and whether the ledger is whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, BASE, openHouse, picture, signIn, SOON_MS, until } from './house.mjs';

/** Exit code of the program, away from any database. */
const baton = (cwd, ...args) => new Promise((done) => {
  execFile(process.env.BATON_PROGRAM, args, { cwd, env: {} }, (error) => done(error ? error.code : 0));
});

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('auditor finds the decision and why it was allowed', { timeout: 120_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'auditor', '/ledger');
  const entries = page.getByRole('list', { name: 'Entries, newest first' });
  await entries.getByRole('button').first().waitFor();

  await page.getByLabel('Kind').selectOption({ label: 'Decisions' });
  await entries.getByRole('button', { name: /Decided:/ }).first().click();
  await page.getByText('Done by a person, in a role that has the right to it.').waitFor();

  await page.getByLabel('Kind').selectOption({ label: 'Actions allowed' });
  await entries.getByRole('button', { name: /Calls / }).first().click();
  await page.getByText('Why it was allowed').first().waitFor();
  await page.getByText(/Policy “/).first().waitFor();
  await picture(page, 'ledger');

  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText(/^Whole:/).waitFor({ timeout: 3 * SOON_MS });

  await page.getByRole('link', { name: 'Open the case' }).first().click();
  await page.waitForURL(/\/cases\/[^/]+\/[^/]+/);
  await page.getByRole('log').waitFor();
  assert.deepEqual(page.faults, []);
});

test('what was set up while a case went on stands in its line', { timeout: 120_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'auditor', '/cases');
  const { items: [one] } = await api(page, '/cases?limit=1');
  await page.goto(`${BASE}/cases/${one.client}/${one.id}`);
  await page.getByRole('link', { name: 'All of this case in the ledger' }).click();
  await page.waitForURL(/configuration=/);
  const entries = page.getByRole('list', { name: 'Entries, newest first' });
  await entries.getByRole('button').first().waitFor();
  const more = page.getByRole('button', { name: 'Show more' });
  await until('the line is there whole', async () => {
    if (await more.isVisible()) await more.click();
    // Of a long line only what one sees is drawn, and the beginning stands at its end.
    await page.evaluate(() => { document.querySelector('[data-scrolls]').scrollTop = 1_000_000; });
    return entries.getByRole('button', { name: /Case opened/ }).isVisible();
  });
  await entries.getByRole('button', { name: /Release deployed/ }).first().waitFor();
  await page.getByRole('switch', { name: 'With the configuration of its time' }).press('Space');
  await entries.getByRole('button', { name: /Release deployed/ }).first().waitFor({ state: 'hidden' });
  await entries.getByRole('button', { name: /Case opened/ }).waitFor();
  assert.deepEqual(page.faults, []);
});

test('an export of the ledger is verified elsewhere, with the public key alone', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  const page = await house.window();
  await signIn(page, 'auditor', '/ledger');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText(/^Whole:/).waitFor({ timeout: 3 * SOON_MS });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
  await download.saveAs(join(folder, 'export.json'));
  await writeFile(join(folder, 'key'), await page.locator('code', { hasText: /^[0-9a-f]{64}$/ }).innerText());
  assert.equal(await baton(folder, 'audit', 'verify', 'export.json', '--key', 'key'), 0);

  // One word of one entry is another: it is found.
  const files = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8'));
  files['entries.jsonl'] = files['entries.jsonl'].replace('"kind":"case.', '"kind":"cast.');
  await writeFile(join(folder, 'changed.json'), JSON.stringify(files));
  assert.equal(await baton(folder, 'audit', 'verify', 'changed.json', '--key', 'key'), 1);
  await rm(folder, { recursive: true });
  assert.deepEqual(page.faults, []);
});

test('auditor follows a run through its process', { timeout: 120_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'auditor', '/processes');
  await page.getByRole('region', { name: 'Latest runs' }).getByRole('row').nth(1).getByRole('link').first().click();
  await page.waitForURL(/run=/);
  await page.locator('.react-flow__node').nth(2).waitFor();
  await picture(page, 'process');
  await page.getByRole('tabpanel').getByRole('listitem').first().getByRole('button').click();
  await page.waitForURL(/node=/);
  await page.getByText('Output').or(page.getByText('Input')).first().waitFor();
  assert.deepEqual(page.faults, []);
});
