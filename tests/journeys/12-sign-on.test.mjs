// An administrator sets single sign-on up, and a member comes in through the identity provider: from the screen they
// wanted, out, and back to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, signIn } from './house.mjs';

let house;
let provider;
let issuer;
before(async () => {
  house = await openHouse();
  provider = spawn(process.execPath, ['provider.mjs', `${BASE}/sso/callback`], { stdio: ['pipe', 'pipe', 'ignore'], cwd: import.meta.dirname });
  const [line] = await once(createInterface(provider.stdout), 'line');
  issuer = JSON.parse(line).issuer;
});
after(async () => {
  provider.kill();
  await house.close();
});

test('a member signs in with the account they have at work', { timeout: 180_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'admin', '/settings?tab=signin');
  const form = page.getByRole('form', { name: 'Single sign-on' });
  await form.getByLabel('Issuer').fill(issuer);
  await form.getByLabel('Client id').fill('baton');
  await form.getByLabel('Client secret').fill('a-secret-of-the-tests:+%');
  await form.getByLabel('Name', { exact: true }).fill('Work account');
  await form.getByLabel('Address of Baton').fill(BASE);
  await form.getByLabel('The provider lies inside').check();
  await form.getByRole('button', { name: 'Check and save' }).click();
  await form.getByRole('button', { name: 'End single sign-on' }).waitFor();

  const member = await house.window();
  await member.goto(`${BASE}/cases?client=larkspur`);
  await member.getByRole('button', { name: 'Sign in with Work account' }).click();
  await member.waitForURL(`${BASE}/cases?client=larkspur`);
  await member.getByRole('navigation', { name: 'Screens' }).waitFor();
  const session = await api(member, '/session');
  assert.equal(session.member.email, 'agent@baton.example');

  await form.getByRole('button', { name: 'End single sign-on' }).click();
  await form.getByRole('button', { name: 'End single sign-on' }).waitFor({ state: 'hidden' });
  const stranger = await house.window();
  await stranger.goto(`${BASE}/signin`);
  await stranger.getByLabel('E-mail').waitFor();
  assert.equal(await stranger.getByRole('button', { name: /Sign in with/ }).count(), 0);
  assert.deepEqual([...page.faults, ...member.faults], []);
});
