// A supervisor goes through the approvals alone: sees the exact arguments of a call, refuses it, sees what of the next request is
// different from the one that they looked at, and says yes to that one; the system is called once, with those arguments. The client and
// its bank are this journey's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { api, BASE, openHouse, picture, signIn, until, WORK_MS } from './house.mjs';

const CLIENT = 'approvals';
const ORDER = 'O-2207';
const { BATON_PROGRAM, BATON_DATABASE, BATON_TOKEN } = process.env;
const missing = BATON_PROGRAM && BATON_DATABASE && BATON_TOKEN ? false : 'BATON_PROGRAM, BATON_DATABASE and BATON_TOKEN say how a release is put live and a case opened';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** A bank that takes payments, and keeps what it was sent. */
async function startBank() {
  const paid = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      if (request.method === 'POST') paid.push(JSON.parse(body));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ payment: 'P-1' }));
    });
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return { paid, server, url: `http://127.0.0.1:${server.address().port}` };
}

async function openCase() {
  const body = JSON.stringify({ channel: 'api', external_id: `approvals-${Date.now()}`, customer: { address: 'grace@example.com', name: 'Grace' }, text: 'My money back, please.', data: { order: ORDER, amount_minor: 12_000, less_minor: 8_000 } });
  const headers = { authorization: `Bearer ${BATON_TOKEN}`, 'content-type': 'application/json' };
  return until('the client is known to the server', async () => {
    const answer = await fetch(`${BASE}/api/v1/clients/${CLIENT}/cases`, { method: 'POST', headers, body });
    return answer.ok && answer.json();
  }, WORK_MS);
}

test('an approval shows its arguments and what changed, and its yes is good for those alone', { skip: missing, timeout: 180_000 }, async () => {
  const bank = await startBank();
  try {
    const words = ['deploy', 'overlays/approvals.yaml', '--blueprints', 'blueprints', '--set', `${CLIENT}.bank=${bank.url}`, '--database', BATON_DATABASE];
    await promisify(execFile)(BATON_PROGRAM, words, { cwd: join(import.meta.dirname, 'approvals') });
    const opened = await openCase();

    const lead = await house.window();
    await signIn(lead, 'supervisor', `/desk?client=${CLIENT}`);
    await lead.getByRole('combobox', { name: 'Kind of work' }).selectOption('approval');
    await lead.waitForURL(/kind=approval/);
    await lead.getByRole('region', { name: 'Waiting' }).getByRole('button', { name: /Pay money back/ }).click();
    const asked = lead.getByRole('region', { name: 'What is asked for' });
    await asked.getByText('$120.00').waitFor();
    await asked.getByText(ORDER).waitFor();
    assert.equal(await asked.getByText(/^Since /).count(), 0, 'nobody has asked before');

    const decisions = lead.getByRole('group', { name: 'Decisions' });
    await lead.keyboard.press('c');
    await decisions.waitFor();
    await lead.keyboard.press(await decisions.getByRole('button', { name: 'Reject' }).getAttribute('aria-keyshortcuts'));
    const dialog = lead.getByRole('dialog', { name: 'Reject' });
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Two thirds of it were used');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await lead.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Work item');

    // The next request comes by itself, to the inbox that is open.
    await asked.getByText('Since you looked last').waitFor({ timeout: WORK_MS });
    await asked.getByText(/Reject by Mira Castellan/).waitFor();
    assert.equal(await asked.locator('del').innerText(), '$120.00');
    assert.equal(await asked.locator('ins').innerText(), '$80.00');
    assert.equal(await asked.locator('del').count(), 1, 'the order is the same, and is not named as different');
    assert.deepEqual(bank.paid, [], 'a no pays nothing');
    await picture(lead, 'approval');

    await lead.keyboard.press('c');
    await decisions.waitFor();
    await lead.keyboard.press(await decisions.getByRole('button', { name: 'Approve' }).getAttribute('aria-keyshortcuts'));
    // One key pays nothing: it asks.
    await lead.getByRole('dialog', { name: 'Approve' }).waitFor();
    assert.deepEqual(bank.paid, []);
    await lead.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
    await lead.keyboard.press('Control+Enter');
    await until('the bank is paid', async () => bank.paid.length > 0, WORK_MS);
    assert.deepEqual(bank.paid, [{ order: ORDER, amount_minor: 8_000 }], 'once, with the arguments that were approved');
    await lead.getByText('Nothing of this waits').waitFor();
    const effect = await until('the effect is kept', async () => {
      const { items } = await api(lead, `/clients/${CLIENT}/effects?case=${opened.id}`);
      return items.find((one) => one.state === 'finished');
    });
    assert.equal(effect.args.amount_minor, 8_000);
    assert.deepEqual(lead.faults, []);
  } finally {
    bank.server.closeAllConnections();
    bank.server.close();
  }
});
