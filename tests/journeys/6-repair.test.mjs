// An operator repairs runs: tries a failed one again with other data, moves one to a better version after a dry run, and
// ends one so that what it did is undone. The client and its process are this journey's own, put live as an operator does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { api, BASE, openHouse, operate, picture, signIn, until, WORK_MS } from './house.mjs';

const CLIENT = 'repairs';
const { BATON_PROGRAM, BATON_DATABASE, BATON_TOKEN } = process.env;
const missing = BATON_PROGRAM && BATON_DATABASE && BATON_TOKEN ? false : 'BATON_PROGRAM, BATON_DATABASE and BATON_TOKEN say how a release is put live and a case opened';
const here = new URL('.', import.meta.url).pathname;

let house;
let folder;
before(async () => {
  house = await openHouse();
  folder = await mkdtemp(join(tmpdir(), 'baton-repairs-'));
  await cp(join(here, 'repairs'), folder, { recursive: true });
  if (!missing) await deploy();
});
after(async () => {
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

async function deploy() {
  const words = ['deploy', 'overlays/repairs.yaml', '--blueprints', 'blueprints', '--database', BATON_DATABASE];
  await promisify(execFile)(BATON_PROGRAM, words, { cwd: folder });
}

/** A customer's request by the API; the run that it began, when it stands as wanted. */
async function begun(page, name, data, status) {
  const address = `${BASE}/api/v1/clients/${CLIENT}/cases`;
  const body = JSON.stringify({ channel: 'api', external_id: `${name}-${Date.now()}`, customer: { address: `${name}@example.com` }, text: 'A refund, please.', data });
  const headers = { authorization: `Bearer ${BATON_TOKEN}`, 'content-type': 'application/json' };
  const opened = await until('the client is known to the server', async () => {
    const answer = await fetch(address, { method: 'POST', headers, body });
    return answer.ok && answer.json();
  }, WORK_MS);
  const one = async () => (await api(page, `/runs?client=${CLIENT}&case=${opened.id}`)).items[0];
  const run = await until(`the run is ${status}`, async () => { const found = await one(); return found?.status === status && found; }, WORK_MS);
  return { ...run, read: () => api(page, `/clients/${CLIENT}/runs/${run.id}`) };
}

async function open(page, run) {
  await page.goto(`${BASE}/runs/${CLIENT}/${run.id}`);
  await page.getByRole('group', { name: 'Operate this run' }).waitFor();
}

async function operator() {
  const page = await house.window();
  await signIn(page, 'supervisor', '/runs');
  return page;
}

const status = (run, wanted) => until(`it is ${wanted}`, async () => { const found = await run.read(); return found.status === wanted && found; }, WORK_MS);

test('operator retries a failed run with other data', { skip: missing, timeout: 300_000 }, async () => {
  const page = await operator();
  const run = await begun(page, 'retry', { amount: 80 }, 'faulted');
  await open(page, run);
  await page.getByRole('region', { name: 'Error' }).getByText('plan', { exact: false }).first().waitFor();
  await picture(page, 'run-failed');
  await operate(page, 'Retry', 'The customer said two parts', async (dialog) => {
    await dialog.getByLabel('Give the failed task another input').check();
    await dialog.getByLabel('Input of the failed task').fill('{ "parts": 2 }');
  });
  const ended = await status(run, 'completed');
  assert.equal(ended.output.each, 40);
  await page.getByText('retried it: The customer said two parts').waitFor();
  assert.deepEqual(page.faults, []);
});

test('operator ends a run, and what it did is undone', { skip: missing, timeout: 300_000 }, async () => {
  const page = await operator();
  const run = await begun(page, 'cancel', { amount: 900 }, 'waiting');
  await open(page, run);
  await operate(page, 'Cancel', 'The customer withdrew', (dialog) => dialog.getByLabel('Undo what it has done').check());
  const ended = await status(run, 'cancelled');
  const undone = ended.trace.filter((entry) => entry.phase === 'finished' && entry.detail?.output?.put_back === 900);
  assert.equal(undone.length, 1, 'what was reserved is put back, once');
  await page.getByText('ended it: The customer withdrew').waitFor();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('list', { name: 'Tasks in the order in which they ended' }).getByRole('button', { name: 'Put back', exact: false }).first().waitFor();
  assert.deepEqual(page.faults, []);
});

test('operator moves a run to a better version, after a dry run', { skip: missing, timeout: 300_000 }, async () => {
  const page = await operator();
  const run = await begun(page, 'migrate', { amount: 60 }, 'faulted');
  const file = join(folder, 'blueprints/repairs/processes/refund.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('version: 1.0.0', 'version: 1.1.0').replace('.parts }', '(.parts // 1) }'));
  await deploy();
  await until('the better version is live', async () => (await run.read()).live_version === '1.1.0', WORK_MS);
  await open(page, run);
  await page.getByText('new runs start on 1.1.0').waitFor();
  await page.getByRole('group', { name: 'Operate this run' }).getByRole('button', { name: 'Migrate' }).click();
  const dialog = page.getByRole('dialog', { name: 'Migrate' });
  await dialog.getByRole('button', { name: 'Try it' }).click();
  await dialog.getByText('It fits: its position and data have a place in version 1.1.0.').waitFor();
  assert.equal((await run.read()).version, '1.0.0', 'a dry run changes nothing');
  await dialog.getByLabel('Reason').fill('Nothing said means one part');
  await dialog.getByRole('button', { name: 'Move the run' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await until('it is on the better version', async () => (await run.read()).version === '1.1.0', WORK_MS);
  await operate(page, 'Retry', 'On the version that pays at once');
  const ended = await status(run, 'completed');
  assert.equal(ended.output.each, 60);
  assert.deepEqual(page.faults, []);
});
