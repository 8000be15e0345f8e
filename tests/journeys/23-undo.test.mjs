// A person on the desk sees what policy says to a call before anything is pressed; what they gave back comes back by a key; a decision
// that was not taken is told wherever they have gone; and a supervisor takes the case over from them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, handoffOf, openHouse, retailClient, signIn, until, waiting } from './house.mjs';

const SLOW_MS = 1_500;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const detail = (page, item) => api(page, `/clients/${item.client}/work-items/${item.id}`);

/** A case that has come to people, opened on the agent's desk and claimed. */
async function claimed(agent, client) {
  const before = new Set((await waiting(agent, client.id)).map((one) => one.id));
  const words = 'I want to speak to a person please';
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill(words);
  await chat.keyboard.press('Enter');
  const item = await handoffOf(agent, client.id, before, words);
  await agent.goto(`${BASE}/desk?item=${client.id}/${item.id}`);
  await agent.getByRole('heading', { name: 'The customer asks for a person' }).waitFor();
  await agent.keyboard.press('c');
  await agent.getByRole('group', { name: 'Decisions' }).waitFor();
  return item;
}

test('policy answers before a press, a give-back is undone, a lost decision is told, a supervisor takes over', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const item = await claimed(agent, client);
  const { member } = await api(agent, '/session');

  await agent.getByLabel('Beside the conversation').getByText('Actions', { exact: true }).click();
  await agent.getByRole('button', { name: 'Open Cancel an order' }).click();
  const dialog = agent.getByRole('dialog', { name: 'Cancel an order' });
  await dialog.getByLabel('Order ID').fill('#W2611340');
  await dialog.getByRole('combobox', { name: 'Reason' }).click();
  await agent.getByRole('option', { name: 'No longer needed' }).click();
  await dialog.getByText(/Policy (allows|refuses) it|It needs an approval/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).last().click();
  await dialog.waitFor({ state: 'hidden' });
  const { items: effects } = await api(agent, `/clients/${client.id}/effects?case=${item.case}`);
  assert.ok(effects.every((effect) => effect.action !== 'cancel_pending_order'), 'asking does nothing');

  await agent.getByRole('button', { name: /^Give back/ }).click();
  await agent.getByText(/^Given back:/).waitFor();
  await until('it waits again', async () => (await detail(agent, item)).state === 'waiting');
  await agent.keyboard.press('z');
  await until('it is the agent’s again', async () => (await detail(agent, item)).claimed_by === member.id);
  await agent.getByRole('group', { name: 'Decisions' }).waitFor();

  // The decision is slow and not taken; the agent has gone on meanwhile.
  await agent.route(`**/work-items/${item.id}`, async (route) => {
    const answer = await route.fetch();
    const shown = await answer.json();
    await route.fulfill({ response: answer, json: { ...shown, form: { ...shown.form, decisions: [{ id: 'said', title: 'Say so', key: 'y' }] } } });
  });
  await agent.route(`**/work-items/${item.id}/complete`, async (route) => {
    await new Promise((done) => { setTimeout(done, SLOW_MS); });
    await route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Decided already', detail: 'A colleague was faster.' }) });
  });
  await agent.reload();
  await agent.getByRole('group', { name: 'Decisions' }).getByRole('button', { name: 'Say so' }).click();
  await agent.evaluate(() => document.activeElement?.blur?.());
  await agent.keyboard.press('g');
  await agent.keyboard.press('a');
  await agent.waitForURL(/\/cases/);
  await agent.getByText('A colleague was faster.').waitFor();

  const lead = await house.window();
  await signIn(lead, 'supervisor', `/cases/${client.id}/${item.case}`);
  await lead.getByRole('button', { name: /^Take over from Sam Okafor/ }).waitFor();
  await lead.keyboard.press('c');
  const take = lead.getByRole('dialog', { name: 'Take over from Sam Okafor' });
  await take.getByLabel('Reason').fill('goes to lunch');
  await take.getByRole('button', { name: 'Take over' }).click();
  await take.waitFor({ state: 'hidden' });
  const me = (await api(lead, '/session')).member.id;
  await until('the supervisor has it', async () => (await detail(lead, item)).claimed_by === me);
  await lead.getByRole('button', { name: /^Return to AI/ }).waitFor();
  // Why it came stands on the page of the case too: two keys.
  await lead.keyboard.press('t');
  await lead.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem');
  await lead.keyboard.press('Enter');
  await lead.getByText(/^Tagged:/).first().waitFor();
  assert.deepEqual([...agent.faults, ...lead.faults], []);
});
