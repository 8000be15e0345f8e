// A person reads a customer's message in their own language and puts a reply into the customer's: by key and by button, the
// original always one key away, and nothing sent that they have not sent. No model is at hand here: the browser is told that one is
// and what it answers; what the server does with one is tested with the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, retailClient, signIn, until, WORK_MS } from './house.mjs';

const ASKED = 'I want to speak to a person please';
const TRANSLATED = 'May I talk to somebody of yours?';
const DRAFT = 'A colleague looks into it.';
const THEIRS = 'Eine Kollegin sieht es sich an.';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('a message is translated and shown as it was written, and a reply is translated before it is sent', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  const asked = [];
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const begun = Date.now();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill(ASKED);
  await chat.keyboard.press('Enter');
  const one = await until('the case is with people', async () => {
    const { items } = await api(agent, `/cases?client=${client.id}&state=with_person`);
    return items.find((row) => row.opened_ms >= begun);
  }, WORK_MS);

  const page = `${BASE}/cases/${client.id}/${one.id}`;
  await agent.goto(page);
  await agent.getByRole('log').getByText(ASKED).first().waitFor();
  assert.equal(await agent.getByRole('button', { name: /^Translate/ }).count(), 0, 'without a model nothing is offered');

  await agent.route((url) => url.pathname === `/api/v1/clients/${client.id}/cases/${one.id}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), translates: true, language: 'de' } });
  });
  await agent.route((url) => url.pathname.endsWith('/translate'), async (route) => {
    const body = route.request().postDataJSON();
    asked.push(body);
    await route.fulfill({ json: { text: body.text ? THEIRS : TRANSLATED, to: body.to, model: 'openai/test-model' } });
  });
  await agent.goto(page);
  await agent.getByRole('button', { name: /^Translate/ }).waitFor();
  await agent.keyboard.press('l');
  await agent.getByText(TRANSLATED).waitFor();
  await agent.keyboard.press('l');
  await agent.getByText(TRANSLATED).waitFor({ state: 'hidden' });
  await agent.getByRole('log').getByText(ASKED).first().waitFor();
  await agent.getByRole('button', { name: /^Translate/ }).click();
  await agent.getByRole('button', { name: /^Show the original/ }).click();
  assert.deepEqual(asked.map((body) => [typeof body.message, body.to]), [['string', 'en']], 'a model is asked once');

  const box = agent.getByLabel(/^Reply to/);
  await box.fill(DRAFT);
  await agent.getByRole('button', { name: 'Into German' }).click();
  await until('the draft is in the customer\'s language', async () => (await box.inputValue()) === THEIRS);
  await agent.getByRole('button', { name: 'Back to what you wrote' }).click();
  assert.equal(await box.inputValue(), DRAFT);
  const { items } = await api(agent, `/clients/${client.id}/cases/${one.id}/timeline`);
  assert.ok(items.every((item) => ![DRAFT, THEIRS, TRANSLATED].includes(item.body)), 'nothing was sent, and nothing stored');
  assert.deepEqual(agent.faults, []);
});
