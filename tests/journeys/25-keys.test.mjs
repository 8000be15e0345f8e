// Keys typed at a case that is not whole yet do nothing to it, the first that are meant for the reply go into it, and one key decides nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, handoffOf, openHouse, post, retailClient, signIn, until, waiting } from './house.mjs';

const SLOW_MS = 4_000;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const detail = (page, item) => api(page, `/clients/${item.client}/work-items/${item.id}`);

test('keys wait for the reply, and a decision asks before it is taken', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const before = new Set((await waiting(agent, client.id)).map((one) => one.id));
  const words = 'I want to speak to a person please, it is about a key';
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill(words);
  await chat.keyboard.press('Enter');
  const item = await handoffOf(agent, client.id, before, words);
  await post(agent, `/clients/${client.id}/work-items/${item.id}/claim`, {});
  const { form } = await detail(agent, item);

  // The case is slow to come: what is typed meanwhile is for nobody.
  let asked = 0;
  await agent.route(`**/api/v1/clients/${client.id}/cases/${item.case}`, async (route) => {
    asked += 1;
    await new Promise((done) => { setTimeout(done, SLOW_MS); });
    await route.continue();
  });
  await agent.goto(`${BASE}/desk?item=${client.id}/${item.id}`);
  await until('the case is asked for', async () => asked > 0);
  for (const key of [...form.decisions.map((one) => one.key).filter(Boolean), '1', 'c', 'h']) await agent.keyboard.press(key);
  await agent.getByLabel(/^Reply to/).waitFor();
  // What is read again at the end of the test is not held up any more.
  await agent.unrouteAll({ behavior: 'wait' });
  assert.equal(await agent.getByRole('dialog').count(), 0, 'nothing has been opened');
  const still = await detail(agent, item);
  assert.deepEqual([still.state, still.claimed_by], ['claimed', (await api(agent, '/session')).member.id], 'nothing was decided or given back');

  // R, and straight on: every letter is in the box.
  await agent.keyboard.type('rHello, do you hear me?');
  await until('the reply is whole', async () => (await agent.getByLabel(/^Reply to/).inputValue()) === 'Hello, do you hear me?');
  await agent.keyboard.press('Escape');

  // The key of a decision asks; what is typed on by mistake stands in the note and decides nothing.
  const decisions = agent.getByRole('group', { name: 'Decisions' });
  const key = await decisions.getByRole('button').first().getAttribute('aria-keyshortcuts');
  await agent.keyboard.press(key);
  const dialog = agent.getByRole('dialog');
  await dialog.waitFor();
  await agent.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'));
  await agent.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal((await detail(agent, item)).state, 'claimed');
  // A dialog gives the focus back to the button that opened it.
  await agent.getByRole('button', { name: /^Hand to/ }).press('Enter');
  await agent.getByRole('dialog', { name: 'Hand to a colleague or a queue' }).waitFor();
  await agent.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'));
  // The first closes the list of names, which is open as soon as its box has the focus.
  await agent.keyboard.press('Escape');
  await agent.keyboard.press('Escape');
  await agent.getByRole('dialog').waitFor({ state: 'hidden' });
  await agent.waitForFunction(() => document.activeElement?.textContent.startsWith('Hand to'));
  // A capital letter begins a sentence, and is no shortcut.
  await agent.keyboard.press('Shift+H');
  assert.equal(await agent.getByRole('dialog').count(), 0);
  assert.deepEqual([...agent.faults, ...chat.faults], []);
});
