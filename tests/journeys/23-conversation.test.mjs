// One conversation on the web page as they go: what nobody serves, a question with its source, a change of mind, an action with a yes to
// it, and a person.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, handoffOf, openHouse, picture, retailClient, signIn, until, waiting, WORK_MS } from './house.mjs';

const SHOP = process.env.BATON_SHOP;
const JOKE = 'tell me a joke';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const write = async (chat, text) => {
  await chat.getByLabel('Write a message').fill(text);
  await chat.keyboard.press('Enter');
};
/** Waits until the AI has said this so often. */
const says = (chat, words, times = 1) =>
  until(`the AI says ${words}`, async () => (await chat.locator('.msg.agent .text').allInnerTexts()).filter((text) => words.test(text)).length >= times, WORK_MS);

/** What the shop itself knows. */
const ofShop = async (path) => (await fetch(`${SHOP}/_state/${path}`)).json();

/** An order that can be cancelled, paid in one way, of a customer who has an e-mail address. */
async function pendingOrder() {
  const { users, orders } = await ofShop('all');
  const open = Object.values(orders).filter((one) => one.status === 'pending' && one.payment_history.length === 1 && users[one.user_id]?.email);
  assert.ok(open.length > 0, 'the shop has a pending order');
  return { order: open.at(-1).order_id, user: open.at(-1).user_id, email: users[open.at(-1).user_id].email };
}

const skip = SHOP ? false : 'BATON_SHOP is not set';
test('a customer asks this and that, changes their mind, has an order cancelled and asks for a person', { skip, timeout: 300_000 }, async () => {
  const desk = await house.window();
  await signIn(desk, 'supervisor');
  const client = await retailClient(desk);
  const known = await pendingOrder();

  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByText('An AI assistant answers first').waitFor();
  await write(chat, JOKE);
  await says(chat, /not something I can help with here/);

  await write(chat, 'How long does a refund take to a credit card?');
  await says(chat, /business days/);
  await chat.locator('.from', { hasText: 'How long a refund takes' }).first().waitFor();

  await write(chat, 'where is my order');
  await says(chat, /find your account/);
  await write(chat, known.email);
  await says(chat, /Which order is it about/);
  await write(chat, 'I want to cancel my order');
  await says(chat, /Which order is it about/, 2);
  await write(chat, known.order);
  await says(chat, /why you would like to cancel/);
  await write(chat, 'I ordered it by mistake');
  await says(chat, /Shall I go ahead/);
  assert.equal((await ofShop(`orders/${encodeURIComponent(known.order)}`)).value.status, 'pending', 'nothing is done before a yes');
  await write(chat, 'yes');
  await says(chat, /is cancelled/);
  assert.equal((await ofShop(`orders/${encodeURIComponent(known.order)}`)).value.status, 'cancelled');
  await picture(chat, 'conversation');

  const before = new Set((await waiting(desk, client.id)).map((one) => one.id));
  await chat.getByRole('button', { name: 'Talk to a person' }).click();
  await says(chat, /passing you to a colleague/);
  const item = await handoffOf(desk, client.id, before, JOKE);
  const shown = await api(desk, `/clients/${client.id}/cases/${item.case}`);
  assert.equal(shown.identity.user_id, known.user, 'who takes it knows who it is');
  assert.deepEqual([...chat.faults, ...desk.faults], []);
});
