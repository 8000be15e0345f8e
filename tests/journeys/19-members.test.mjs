// An administrator adds a member, gives them another role, shuts them out and lets them in again; makes a token and revokes it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { api, openHouse, signIn, until } from './house.mjs';

const PASSWORD = 'baton-demo';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('a member is added, works, and is out at once when disabled', { timeout: 240_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings');
  const who = `noa-${Date.now()}`;
  const name = `Noa ${who}`;
  const form = admin.getByRole('form', { name: 'New member' });
  await form.getByLabel('E-mail').fill(`${who}@baton.example`);
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('First password').first().fill(PASSWORD);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  const row = admin.getByRole('row', { name: new RegExp(name) });
  await row.waitFor();

  const member = await house.window();
  await signIn(member, who);
  await row.getByRole('button', { name: `Access of ${name}` }).click();
  const dialog = admin.getByRole('dialog', { name: `Access of ${name}` });
  await dialog.getByRole('checkbox', { name: 'Supervisor' }).check();
  await dialog.getByRole('button', { name: 'Save roles' }).click();
  await until('the role holds', async () => (await api(member, '/session')).grants.some((grant) => grant.role === 'supervisor'));
  await dialog.getByRole('button', { name: 'Disable', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await until('they are out', async () => (await member.evaluate(async () => (await fetch('/api/v1/team')).status)) === 401);
  await row.getByText('Disabled').waitFor();
  await row.getByRole('button', { name: `Access of ${name}` }).click();
  await dialog.getByRole('button', { name: 'Enable', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  const again = await house.window();
  await signIn(again, who);
  assert.deepEqual([...admin.faults, ...again.faults], []);
});

test('whoever administers one client and works at another sees and changes the members of the first', { timeout: 240_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings');
  const [works, administers] = (await api(admin, '/clients')).items.sort((a, b) => (a.id < b.id ? -1 : 1));
  const who = `ida-${Date.now()}`;
  const name = `Ida ${who}`;
  const pick = async (field, option) => {
    await field.click();
    await admin.getByRole('option', { name: option, exact: true }).click();
  };
  const form = admin.getByRole('form', { name: 'New member' });
  await form.getByLabel('E-mail').fill(`${who}@baton.example`);
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('First password').first().fill(PASSWORD);
  await pick(form.getByRole('combobox', { name: 'Where' }), works.name);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await admin.getByRole('button', { name: `Access of ${name}` }).click();
  const dialog = admin.getByRole('dialog', { name: `Access of ${name}` });
  await pick(dialog.getByRole('combobox', { name: 'Where' }), administers.name);
  await dialog.getByRole('checkbox', { name: 'Admin', exact: true }).check();
  await dialog.getByRole('button', { name: 'Save roles' }).click();

  const member = await house.window();
  await signIn(member, who, '/settings');
  await until('the role holds', async () => (await api(member, '/session')).grants.some((grant) => grant.role === 'admin'));
  await member.reload();
  await member.getByRole('region', { name: 'Members' }).getByRole('button', { name: `Access of ${name}` }).waitFor();
  assert.deepEqual([...admin.faults, ...member.faults], []);
});

test('a token is made, listed and revoked', { timeout: 120_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings?tab=tokens');
  const name = `journey-${Date.now()}`;
  const form = admin.getByRole('form', { name: 'New token' });
  await form.getByLabel('Name').fill(name);
  await form.getByRole('button', { name: 'Create token' }).click();
  await admin.getByText('Copy it now: it is not shown again.').waitFor();
  const row = admin.getByRole('row', { name: new RegExp(name) });
  await row.getByText('Never').waitFor();
  await row.getByRole('button', { name: `Revoke ${name}` }).click();
  await admin.getByRole('dialog', { name: `Revoke ${name}` }).getByRole('button', { name: 'Revoke', exact: true }).click();
  await row.getByText('Revoked').waitFor();
  assert.deepEqual(admin.faults, []);
});

/** What an authenticator app shows for a key (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const tag = createHmac('sha1', key).update(step).digest();
  return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('a member ends a session elsewhere and has a second factor for a while; who has access is saved', { timeout: 240_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings');
  const who = `eli-${Date.now()}`;
  const form = admin.getByRole('form', { name: 'New member' });
  await form.getByLabel('E-mail').fill(`${who}@baton.example`);
  await form.getByLabel('Name').fill(`Eli ${who}`);
  await form.getByLabel('First password').first().fill(PASSWORD);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await admin.getByRole('row', { name: new RegExp(who) }).waitFor();
  const saved = admin.waitForEvent('download');
  await admin.getByRole('button', { name: 'Save as CSV' }).click();
  assert.match((await saved).suggestedFilename(), /^access-house-.*\.csv$/);

  const there = await house.window();
  await signIn(there, who);
  const member = await house.window();
  await signIn(member, who, '/settings?tab=signin');
  const sessions = member.getByRole('region', { name: 'Your sessions' });
  await sessions.getByText('Elsewhere').waitFor();
  await sessions.getByRole('button', { name: /^End the session/ }).click();
  await sessions.getByText('Elsewhere').waitFor({ state: 'detached' });
  await until('the other is out', async () => (await there.evaluate(async () => (await fetch('/api/v1/session')).status)) === 401);

  const factor = member.getByRole('region', { name: 'Your second factor' });
  await factor.getByRole('button', { name: 'Set up an app' }).click();
  const first = factor.getByRole('form', { name: 'First code' });
  await first.getByLabel('Code that the app shows').fill(codeOf(await first.locator('code').innerText()));
  await first.getByRole('button', { name: 'Confirm' }).click();
  const paper = (await factor.getByRole('status').locator('code').innerText()).split(' ');
  assert.equal(paper.length, 8);
  const away = factor.getByRole('form', { name: 'Take the second factor away' });
  await away.getByLabel('Code').fill(paper[0]);
  await away.getByRole('button', { name: 'Take it away' }).click();
  await factor.getByRole('button', { name: 'Set up an app' }).waitFor();
  assert.deepEqual([...admin.faults, ...member.faults], []);
});
