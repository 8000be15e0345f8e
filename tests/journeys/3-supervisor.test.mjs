// A supervisor watches the floor: it moves by itself, and every number leads to the cases behind it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE, openHouse, picture, retailClient, signIn, until } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('supervisor watches the floor live', { timeout: 120_000 }, async () => {
  const floor = await house.window();
  await signIn(floor, 'supervisor', '/floor');
  const client = await retailClient(floor);
  const totals = floor.getByRole('group', { name: 'Totals' });
  await totals.waitFor();
  await floor.getByText(/^Live/).waitFor();
  await floor.evaluate(() => { window.untouched = true; });

  const row = floor.getByRole('row', { name: client.name });
  const open = async () => Number((await row.getByRole('cell').nth(1).innerText()).replace(/\D/g, ''));
  const was = await open();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill('Where is my parcel?');
  await chat.keyboard.press('Enter');
  await until('the floor shows the new case by itself', async () => (await open()) !== was);
  assert.equal(await floor.evaluate(() => window.untouched), true, 'the page was not loaded again');
  await picture(floor, 'floor');
  await floor.emulateMedia({ colorScheme: 'dark' });
  await picture(floor, 'floor-dark');
  await floor.emulateMedia({ colorScheme: 'light' });

  // Queues with how long the next one waits, people with where they are, and AI agents with what they have, or that they have nothing.
  const columns = { Queues: ['Waiting', 'At risk', 'Longest wait', 'Expected wait'], People: ['State', 'Has', 'Late', 'Upset', 'Done today'] };
  for (const [region, names] of Object.entries(columns)) {
    for (const name of names) await floor.getByRole('region', { name: region, exact: true }).getByRole('columnheader', { name, exact: true }).first().waitFor();
  }
  await floor.getByRole('combobox', { name: 'Kind of actor' }).selectOption('agent');
  await floor.getByRole('region', { name: 'Who has the next step' }).getByRole('link', { name: /cases of concierge$/ }).first().waitFor();

  // A name is found among however many, and the address says what is shown.
  await floor.getByRole('textbox', { name: 'Find a person or an agent by name' }).fill('Okafor');
  await floor.waitForURL(/q=Okafor/);
  const people = floor.getByRole('region', { name: 'People', exact: true }).last();
  await until('only who is looked for', async () => (await people.getByRole('row').count()) === 2);
  await people.getByRole('row', { name: /Sam Okafor/ }).waitFor();

  // What AI has resolved today leads to those cases, and to no others.
  await totals.getByRole('link', { name: /by AI/ }).click();
  await floor.waitForURL(/\/cases\?.*closed_today=/);
  await floor.getByRole('combobox', { name: 'Ended today', exact: true }).waitFor();
  assert.equal(await floor.getByRole('combobox', { name: 'Who ended it' }).inputValue(), '0');
  await floor.goto(`${BASE}/floor`);

  await totals.getByRole('link', { name: /Open/ }).click();
  await floor.waitForURL(/\/cases\?/);
  await floor.getByRole('region', { name: 'Cases' }).getByRole('row').nth(1).waitFor();
  assert.deepEqual(floor.faults, []);
});
