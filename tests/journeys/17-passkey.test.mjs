// A member adds a passkey in the settings and signs in by it, alone and as second factor, with the keyboard; an
// administrator sets the address that passkeys belong to, and takes a passkey away. The passkeys are those of the
// browser's own software device.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, until } from './house.mjs';

// Passkeys belong to a name, and an address in numbers has none.
const NAMED = BASE.replace('//127.0.0.1', '//localhost');
const MEMBER = 'integrator@baton.example';
const PASSWORD = 'baton-demo';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** Signs in by password where Baton is reached by its name. */
async function signInAt(page, email, to) {
  await page.goto(`${NAMED}/signin?to=${encodeURIComponent(to)}`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
}

const send = (page, method, path, body) =>
  page.evaluate(async ([verb, address, sent]) => {
    const headers = { 'x-baton-request': '1', 'content-type': 'application/json' };
    const response = await fetch(`/api/v1${address}`, { method: verb, headers, body: sent === null ? undefined : JSON.stringify(sent) });
    return response.status;
  }, [method, path, body]);

/** A device in the browser that holds passkeys and knows who it is. */
async function device(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  return { count: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length };
}

async function leave(page) {
  assert.equal(await send(page, 'DELETE', '/session', null), 204);
  await page.goto(`${NAMED}/signin?to=%2Fsettings%3Ftab%3Dsignin`);
}

test('a member signs in by passkey', { timeout: 240_000 }, async () => {
  const admin = await house.window();
  await signInAt(admin, 'admin@baton.example', '/settings?tab=signin');
  const member = await house.window();
  try {
    const form = admin.getByRole('form', { name: 'Address of this installation' });
    await form.getByLabel('Address for browsers').fill(BASE.replace('//localhost', '//127.0.0.1'));
    await form.getByRole('button', { name: 'Set address' }).click();
    await admin.getByText('a passkey belongs to a name').waitFor();
    await form.getByLabel('Address for browsers').fill(NAMED);
    await form.getByRole('button', { name: 'Set address' }).click();
    await form.getByRole('button', { name: 'Take it back' }).waitFor();

    const key = await device(member);
    await signInAt(member, MEMBER, '/settings?tab=signin');
    const mine = member.getByRole('region', { name: 'Your passkeys' });
    await mine.getByText('No passkey', { exact: true }).waitFor();
    await mine.getByLabel('Name of the passkey').focus();
    await member.keyboard.type('Laptop');
    await member.keyboard.press('Enter');
    await mine.getByRole('button', { name: 'Remove Laptop' }).waitFor();
    assert.equal(await key.count(), 1);

    // It gets another name.
    await mine.getByRole('button', { name: 'Rename Laptop' }).click();
    const dialog = member.getByRole('dialog', { name: 'Rename the passkey' });
    await dialog.getByLabel('Name of the passkey').fill('Laptop at home');
    await member.keyboard.press('Enter');
    await mine.getByRole('button', { name: 'Remove Laptop at home' }).waitFor();
    await dialog.waitFor({ state: 'hidden' });

    // The same device holds no second one.
    await mine.getByLabel('Name of the passkey').fill('Again');
    await member.keyboard.press('Enter');
    await member.getByText('holds a passkey of yours').waitFor();

    // Alone, by the keyboard.
    await leave(member);
    await member.getByRole('button', { name: 'Sign in with a passkey' }).focus();
    await member.keyboard.press('Enter');
    await mine.getByRole('button', { name: 'Remove Laptop' }).waitFor();
    assert.equal((await api(member, '/session')).member.email, MEMBER);
    await until('the passkey was used', async () => (await api(member, '/session/passkeys')).items[0].used_ms !== null);

    // As second factor: the password alone opens nothing.
    await leave(member);
    await member.getByLabel('E-mail').fill(MEMBER);
    await member.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
    await member.keyboard.press('Enter');
    await member.getByText('use a passkey as your second factor').waitFor();
    await member.getByRole('button', { name: 'Use your passkey as second factor' }).focus();
    await member.keyboard.press('Enter');
    await mine.getByRole('button', { name: 'Remove Laptop' }).waitFor();
    assert.equal((await api(member, '/session')).member.email, MEMBER);

    // An administrator takes it away; then it opens nothing, and the password is enough again.
    await admin.getByRole('tab', { name: 'Members' }).click();
    const { items } = await api(admin, '/members');
    const { id, name } = items.find((one) => one.email === MEMBER);
    await admin.getByRole('button', { name: `Passkeys of ${name}` }).click();
    await admin.getByRole('button', { name: 'Remove Laptop' }).click();
    await admin.getByText(`${name} has no passkey.`).waitFor();
    assert.deepEqual((await api(admin, `/members/${id}/passkeys`)).items, []);
    await leave(member);
    await member.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await member.getByText('this passkey is not known here').waitFor();
    await signInAt(member, MEMBER, '/settings?tab=signin');
    await mine.getByText('No passkey', { exact: true }).waitFor();
    assert.deepEqual([...admin.faults, ...member.faults], []);
  } finally {
    // Others sign in by password after this, whatever became of it.
    const { items } = await api(admin, '/members');
    const { id } = items.find((one) => one.email === MEMBER);
    for (const one of (await api(admin, `/members/${id}/passkeys`)).items) await send(admin, 'DELETE', `/members/${id}/passkeys/${one.id}`, null);
    await send(admin, 'PUT', '/public-address', { address: null });
  }
});
