// A supervisor looks what a stop would do, stops the AI of a client, sees its conversations go to people, and takes it back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, picture, retailClient, signIn, until, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const write = async (chat, text) => {
  await chat.getByLabel('Write a message').fill(text);
  await chat.keyboard.press('Enter');
};
const texts = (chat) => chat.locator('.msg').allInnerTexts();

test('a stop is looked at before it is pressed, moves what is open, and is undone', { timeout: 240_000 }, async () => {
  const lead = await house.window();
  await signIn(lead, 'supervisor', '/floor');
  await lead.getByRole('link', { name: /^Stop [^:]+: what it would do/ }).first().click();
  await lead.waitForURL(/tab=stop.*scope=agent/);
  await lead.getByRole('alert').getByText(/open cases go to people|Nothing is under way there/).first().waitFor();
  await lead.goto(`${BASE}/floor`);
  await lead.getByRole('link', { name: 'Stop switch' }).click();
  const client = await retailClient(lead);
  const begun = Date.now();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await write(chat, 'I would like to cancel my order');
  const mine = await until('the AI asks for the order', async () => {
    const { items } = await api(lead, `/cases?client=${client.id}&state=waiting_customer`);
    return items.find((one) => one.opened_ms >= begun);
  }, WORK_MS);

  await lead.getByRole('combobox', { name: 'Client' }).click();
  await lead.getByRole('option', { name: client.name }).click();
  await lead.getByRole('alert').getByText(/open cases go to people/).first().waitFor();
  await lead.getByText(/people there, room for/).waitFor();
  await lead.getByLabel('Reason').fill('odd replies since nine');
  await picture(lead, 'stop-switch');
  await lead.getByRole('button', { name: 'Stop it' }).click();

  const state = async () => (await api(lead, `/clients/${client.id}/cases/${mine.id}`)).state;
  await until('the conversation is with people', async () => (await state()) === 'with_person', WORK_MS);
  await lead.goto(`${BASE}/floor`);
  await lead.getByRole('link', { name: /is stopped: odd replies since nine/ }).first().click();
  const engaged = lead.getByRole('listitem').filter({ hasText: 'odd replies since nine' });
  await engaged.getByText(/cases with people/).waitFor();
  await lead.getByText(/stop switch is engaged/).waitFor();
  await chat.getByText('None of my colleagues is here right now').waitFor();

  await engaged.getByRole('button', { name: 'Release' }).click();
  await engaged.waitFor({ state: 'hidden' });
  await until('the AI has it back', async () => (await state()) === 'waiting_customer', WORK_MS);
  const before = (await texts(chat)).length;
  await write(chat, 'the order is #W2611340');
  await until('it goes on where it stood', async () => (await texts(chat)).length > before + 1, WORK_MS);
  assert.deepEqual([...lead.faults, ...chat.faults], []);
});
