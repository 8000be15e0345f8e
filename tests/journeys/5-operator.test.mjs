// An operator finds a run by what it waits for, reads why, suspends and resumes it, tries a migration, and ends it; and edits
// a definition with the linter looking on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, openHouse, operate, picture, signIn, until, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('operator finds a waiting run, suspends it, resumes it and ends it', { timeout: 180_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'supervisor', '/runs');
  await page.getByRole('group', { name: 'Runs by status' }).waitFor();
  await until('a run that waits for a person', async () => (await api(page, '/runs?waits_on=person&limit=1')).items.length > 0, WORK_MS);
  await page.getByLabel('Waits for').selectOption({ label: 'Waits for a person' });
  await page.waitForURL(/waits_on=person/);
  await picture(page, 'runs');
  await page.getByRole('region', { name: 'Runs' }).getByRole('row').nth(1).getByRole('link').first().click();
  await page.waitForURL(/\/runs\/[^/]+\/run_/);
  await page.locator('.react-flow__node').nth(2).waitFor();
  await page.getByRole('region', { name: 'Waits for' }).getByRole('link', { name: 'Open the work item' }).first().waitFor();
  await picture(page, 'run');

  const [, , client, id] = new URL(page.url()).pathname.split('/');
  const run = () => api(page, `/clients/${client}/runs/${id}`);
  await operate(page, 'Suspend', 'The carrier is down');
  await until('it is suspended', async () => (await run()).status === 'suspended');
  await page.getByText('suspended it: The carrier is down').waitFor();
  await operate(page, 'Resume', 'The carrier is up again');
  await until('it waits again', async () => (await run()).status === 'waiting');

  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('list', { name: 'Tasks in the order in which they ended' }).getByRole('listitem').first().waitFor();
  await picture(page, 'run-timeline');
  await page.getByRole('tab', { name: 'Journal' }).click();
  await page.getByText('1. Started').waitFor();

  await operate(page, 'Cancel', 'The customer withdrew by post');
  await until('it has ended', async () => (await run()).status === 'cancelled');
  const ledger = await api(page, `/ledger?client=${client}&kind=run.&limit=50`);
  const asked = ledger.items.find((entry) => entry.kind === 'run.cancel_requested' && entry.subject === id);
  assert.equal(asked.actor.kind, 'member');
  assert.match(asked.data.reason, /by post/);
  assert.deepEqual(page.faults, []);
});

test('dead letters say that nothing has stopped, or what and whose it is', { timeout: 60_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'supervisor', '/runs/dead');
  await page.getByText('Nothing has stopped').or(page.getByRole('region', { name: 'Dead letters' })).first().waitFor();
  assert.deepEqual(page.faults, []);
});

test('a designer edits a definition, and the linter looks on', { timeout: 90_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'supervisor', '/processes');
  const client = (await api(page, '/clients')).items[0].id;
  const name = (await api(page, `/clients/${client}/processes`)).items[0].name;
  await page.goto(`${new URL(page.url()).origin}/processes/${client}/${name}?edit=1`);
  const editor = page.getByRole('textbox', { name: 'Definition as YAML' });
  await editor.waitFor();
  await editor.press('Control+Home');
  await page.keyboard.type('surprise: 1\n');
  await page.getByRole('list', { name: 'Findings' }).getByRole('button').first().waitFor();
  await picture(page, 'process-edit');
  await page.getByRole('button', { name: 'As it is live' }).click();
  await page.getByText('Nothing here changes what runs.').waitFor();
  assert.deepEqual(page.faults, []);
});
