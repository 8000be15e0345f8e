// A person has a reply drafted by a key: it stands in the reply with what it stands on, is taken back, and is never sent by itself.
// What the articles say stands beside the conversation, and goes into the reply by a press.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, NARROW, openHouse, retailClient, signIn, until, WORK_MS } from './house.mjs';

const ASKED = 'I want to speak to a person please';
const QUESTION = 'How long does a refund to a credit card take?';
const MINE = 'Hello,';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('a reply is drafted from the articles, and sent by nobody but the person', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const begun = Date.now();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  const write = async (text) => {
    await chat.getByLabel('Write a message').fill(text);
    await chat.keyboard.press('Enter');
  };
  await write(ASKED);
  const one = await until('the case is with people', async () => {
    const { items } = await api(agent, `/cases?client=${client.id}&state=with_person`);
    return items.find((row) => row.opened_ms >= begun);
  }, WORK_MS);
  await write(QUESTION);
  await agent.goto(`${BASE}/cases/${client.id}/${one.id}`);
  await agent.getByRole('log').getByText(QUESTION).first().waitFor();

  const box = agent.getByLabel(/^Reply to/);
  await box.fill(MINE);
  await agent.keyboard.press('Escape');
  await agent.keyboard.press(',');
  await until('the draft stands in the reply', async () => (await box.inputValue()).includes('business days'));
  await agent.getByText(/^From the article:/).waitFor();
  const draft = await box.inputValue();
  // A note that is written meanwhile costs nothing of it.
  const what = agent.getByLabel('What to write');
  await what.getByText('Note', { exact: true }).click();
  await agent.getByLabel('Note for colleagues').waitFor();
  await what.getByText('Reply', { exact: true }).click();
  await agent.getByRole('button', { name: 'Take the draft back' }).click();
  assert.equal(await box.inputValue(), MINE);

  await agent.getByRole('tab', { name: 'Knowledge' }).click();
  await agent.waitForURL(/tab=knowledge/);
  await agent.getByRole('list', { name: 'Sections, best first' }).waitFor();
  await agent.getByRole('button', { name: /^Put .* into the reply$/ }).first().click();
  await until('a section stands below what was written', async () => {
    const text = await box.inputValue();
    return text.startsWith(MINE) && text.length > MINE.length + 10;
  });
  // What was begun outlives a look at another screen.
  const written = await box.inputValue();
  await agent.goto(`${BASE}/desk`);
  await agent.goto(`${BASE}/cases/${client.id}/${one.id}`);
  await until('it stands in the reply again', async () => (await box.inputValue()) === written);

  // In a narrow window conversation and case take turns: nothing of it is lost, and nothing stands there twice.
  await agent.setViewportSize(NARROW);
  const shown = agent.getByLabel('What to show');
  await shown.getByText('Case', { exact: true }).click();
  await box.waitFor({ state: 'hidden' });
  await shown.getByText('Conversation', { exact: true }).click();
  await box.waitFor();
  assert.equal(await box.inputValue(), written);
  const { items } = await api(agent, `/clients/${client.id}/cases/${one.id}/timeline`);
  assert.ok(items.every((item) => item.body !== draft && item.body !== MINE), 'nothing was sent');
  assert.deepEqual(agent.faults, []);
});
