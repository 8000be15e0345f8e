// A person reads a customer's message in their own language and puts a reply into the customer's: by key and by button, the
// original always one key away, and nothing sent that they have not sent. The demo has no model: in the first test the browser is
// told that there is one and what it answers; in the second the server asks one that a client's agent names, which is this journey's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { api, BASE, openHouse, retailClient, signIn, until, WORK_MS } from './house.mjs';

const ASKED = 'I want to speak to a person please';
const TRANSLATED = 'May I talk to somebody of yours?';
const DRAFT = 'A colleague looks into it.';
const THEIRS = 'Eine Kollegin sieht es sich an.';

const CLIENT = 'translated';
const GERMAN = 'Wo bleibt mein Paket?';
const ENGLISH = 'Where is my parcel?';
const DRAFTED = 'Ich sehe nach, wo Ihr Paket ist.';
const { BATON_PROGRAM, BATON_DATABASE, BATON_TOKEN } = process.env;
const missing = BATON_PROGRAM && BATON_DATABASE && BATON_TOKEN ? false : 'BATON_PROGRAM, BATON_DATABASE and BATON_TOKEN say how a release is put live and a case opened';

/** A model of the shape that the server speaks: translates both ways, drafts, and keeps what it was asked. */
async function startModel() {
  const asked = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      const [system, user] = JSON.parse(body).messages.map((one) => one.content);
      asked.push(user);
      const content = system.includes('You draft') ? DRAFTED : user.includes(GERMAN) ? ENGLISH : THEIRS;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }], usage: { prompt_tokens: 10, completion_tokens: 5 } }));
    });
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return { asked, server, url: `http://127.0.0.1:${server.address().port}/v1` };
}

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

test('the model that a client names translates and drafts, and only the person sends', { skip: missing, timeout: 240_000 }, async () => {
  const model = await startModel();
  try {
    const words = ['deploy', 'overlays/translated.yaml', '--blueprints', 'blueprints', '--set', `${CLIENT}.model=${model.url}`, '--database', BATON_DATABASE];
    await promisify(execFile)(BATON_PROGRAM, words, { cwd: join(import.meta.dirname, 'translated') });
    const body = JSON.stringify({ channel: 'api', external_id: `translated-${Date.now()}`, customer: { address: 'ada@example.com', name: 'Ada', locale: 'de' }, text: GERMAN });
    const headers = { authorization: `Bearer ${BATON_TOKEN}`, 'content-type': 'application/json' };
    const opened = await until('the client is known to the server', async () => {
      const answer = await fetch(`${BASE}/api/v1/clients/${CLIENT}/cases`, { method: 'POST', headers, body });
      return answer.ok && answer.json();
    }, WORK_MS);

    const page = await house.window();
    await signIn(page, 'supervisor', `/cases/${CLIENT}/${opened.id}`);
    await page.getByRole('log').getByText(GERMAN).first().waitFor();
    await page.getByRole('button', { name: /^Translate/ }).waitFor();
    await page.keyboard.press('l');
    await page.getByText(ENGLISH).waitFor();
    await page.keyboard.press('l');
    await page.getByText(ENGLISH).waitFor({ state: 'hidden' });

    const box = page.getByLabel(/^Reply to/);
    await box.fill(DRAFT);
    await page.getByRole('button', { name: 'Into German' }).click();
    await until('the draft is in the customer\'s language', async () => (await box.inputValue()) === THEIRS);
    await page.getByRole('button', { name: 'Back to what you wrote' }).click();
    await page.getByRole('button', { name: /^Suggest/ }).click();
    await until('a draft stands in the reply', async () => (await box.inputValue()) === DRAFTED);
    await page.getByText(/^Drafted by openai\/test-model/).waitFor();
    await page.getByRole('button', { name: 'Take the draft back' }).click();
    assert.equal(await box.inputValue(), DRAFT);
    assert.equal(model.asked.length, 3, 'each once');
    const { items } = await api(page, `/clients/${CLIENT}/cases/${opened.id}/timeline`);
    assert.ok(items.every((item) => ![DRAFT, THEIRS, ENGLISH, DRAFTED].includes(item.body)), 'nothing was sent, and nothing stored');
    assert.deepEqual(page.faults, []);
  } finally {
    model.server.close();
  }
});
