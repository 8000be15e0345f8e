// A customer chats on the web page, is handed to a person, and back to the AI.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, handoffOf, openHouse, picture, retailClient, signIn, until, waiting, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const write = async (chat, text) => {
  await chat.getByLabel('Write a message').fill(text);
  await chat.keyboard.press('Enter');
};
const count = (chat, author) => chat.locator(`.msg.${author}`).count();

test('customer chats, is handed to a person, and back', { timeout: 240_000 }, async () => {
  const desk = await house.window();
  await signIn(desk, 'agent');
  const client = await retailClient(desk);

  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  const greeted = await count(chat, 'agent');
  const words = 'Hello, I would like to cancel my order';
  await write(chat, words);
  await until('the AI answers', async () => (await count(chat, 'agent')) > greeted);

  const before = new Set((await waiting(desk, client.id)).map((one) => one.id));
  await chat.getByRole('button', { name: 'Talk to a person' }).click();
  const item = await handoffOf(desk, client.id, before, words);

  await desk.goto(`${BASE}/desk?item=${client.id}/${item.id}`);
  await desk.getByRole('heading', { name: 'The customer asks for a person' }).waitFor();
  await desk.keyboard.press('c');
  await desk.getByRole('group', { name: 'Decisions' }).waitFor();
  const story = desk.getByRole('log');
  await story.getByText(/^The customer asks for a person: handed over/).waitFor();
  assert.equal(await story.getByText(/\(failed\)|stopped by an error/).count(), 0, 'to ask for a person is no fault');
  await desk.keyboard.press('r');
  await desk.keyboard.type('Hello, this is a person. I have read what you wrote.');
  await desk.keyboard.press('Control+Enter');
  await chat.getByText('You are talking to a person now').waitFor();
  await chat.getByText('I have read what you wrote').waitFor();
  await chat.getByLabel('Write a message').pressSequentially('Thank you');
  await desk.getByText(/is writing …/).waitFor();
  await write(chat, 'Thank you. Then please go on with the order.');
  await desk.getByText('Then please go on with the order').waitFor();
  await picture(chat, 'chat');
  await chat.locator('input[type=file]').setInputFiles({ name: 'receipt.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 lamp, 40.00') });
  await chat.getByText('receipt.pdf is attached').waitFor();
  await chat.getByRole('button', { name: 'Send', exact: true }).click();
  await desk.getByRole('button', { name: /^Save receipt\.pdf/ }).waitFor();

  const back = desk.getByRole('group', { name: 'Decisions' }).getByRole('button', { name: /return|back/i });
  await desk.getByRole('log').click();
  await desk.keyboard.press(await back.getAttribute('aria-keyshortcuts'));
  const dialog = desk.getByRole('dialog');
  await dialog.waitFor();
  for (const box of await dialog.locator('textarea:visible, input:visible').all()) {
    if (!(await box.inputValue())) await box.fill('Go on with the cancellation.');
  }
  await dialog.locator('button[type=submit]').focus();
  await desk.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });

  const said = await count(chat, 'agent');
  await until('the case is with the AI again', async () => {
    const found = await api(desk, `/clients/${client.id}/cases/${item.case}`);
    return found.state !== 'with_person';
  }, WORK_MS);
  await write(chat, 'I want to cancel my order');
  await until('the AI answers again', async () => (await count(chat, 'agent')) > said, WORK_MS);
  await chat.getByText('The AI assistant is back').waitFor();
  assert.deepEqual([...chat.faults, ...desk.faults], []);
});
