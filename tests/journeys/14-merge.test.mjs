// Two contacts about one matter become one case, which is undone and done again; and one message becomes a case of its own.
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

/** A customer in a window of their own, whose case is with people. */
async function customer(agent, client) {
  const begun = Date.now();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await write(chat, 'I want to speak to a person please');
  const one = await until('the case is with people', async () => {
    const { items } = await api(agent, `/cases?client=${client.id}&state=with_person`);
    return items.find((row) => row.opened_ms >= begun);
  }, WORK_MS);
  return { chat, one };
}

/** Fills in the dialog that is open: it goes on in this case, of another customer. */
async function mergeInto(agent, one) {
  const dialog = agent.getByRole('dialog', { name: /^Merge case/ });
  await dialog.getByLabel('Find a case').fill(String(one.number));
  await dialog.getByRole('radio', { name: new RegExp(`^${one.number} `) }).check();
  await dialog.getByLabel('The two customers belong together').check();
  await dialog.getByLabel('Reason').fill('one household, one lamp');
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test('two cases are merged, parted, and merged again, and both customers are answered', { timeout: 300_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const first = await customer(agent, client);
  const second = await customer(agent, client);
  const mergeSecond = async () => {
    await agent.goto(`${BASE}/cases/${client.id}/${second.one.id}`);
    await agent.getByRole('button', { name: /^Merge into/ }).click();
    await mergeInto(agent, first.one);
    await agent.waitForURL((url) => url.pathname.endsWith(first.one.id));
  };
  await mergeSecond();
  const undo = agent.getByRole('button', { name: `Undo the merge of case ${second.one.number}` });
  await picture(agent, 'merged');
  await undo.click();
  await undo.waitFor({ state: 'hidden' });
  await until('it is a case of its own again', async () => (await api(agent, `/clients/${client.id}/cases/${second.one.id}`)).state === 'with_person');

  await mergeSecond();
  await write(second.chat, 'It is about the lamp of my sister.');
  await agent.getByRole('log').getByText('the lamp of my sister').waitFor();
  await agent.getByRole('button', { name: 'Take over' }).click();
  await agent.getByRole('button', { name: 'Take over' }).waitFor({ state: 'hidden' });
  await agent.getByLabel(/^Reply to/).fill('A new lamp is on its way.');
  await agent.keyboard.press('Control+Enter');
  for (const chat of [first.chat, second.chat]) await chat.getByText('A new lamp is on its way').waitFor();
  assert.equal(await first.chat.getByText('the lamp of my sister').count(), 0, 'nobody reads what the other wrote');
  assert.deepEqual([...agent.faults, ...first.chat.faults, ...second.chat.faults], []);
});

test('a message becomes a case of its own', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const { chat, one } = await customer(agent, client);
  await write(chat, 'And besides: my invoice of May is wrong.');
  await agent.goto(`${BASE}/cases/${client.id}/${one.id}`);
  await agent.getByRole('log').getByText('my invoice of May').waitFor();
  await agent.getByRole('button', { name: /^Split off/ }).click();
  const dialog = agent.getByRole('dialog', { name: /^Split off/ });
  const messages = dialog.getByRole('group', { name: 'Messages of the new case' });
  await messages.getByText('my invoice of May').waitFor();
  await messages.getByRole('checkbox').last().check();
  await dialog.getByLabel('Subject').fill('Invoice of May');
  await dialog.getByRole('button', { name: 'Split off', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await agent.getByRole('list', { name: 'Cases that belong to this one' }).getByRole('link', { name: /Invoice of May/ }).click();
  await agent.getByRole('heading', { name: /Invoice of May/ }).waitFor();
  await agent.getByRole('log').getByText('my invoice of May').waitFor();
  assert.deepEqual([...agent.faults, ...chat.faults], []);
});

test('from the desk, a case is merged and parted by key, without leaving the desk', { timeout: 300_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const first = await customer(agent, client);
  const second = await customer(agent, client);
  const item = await until('the case is in a queue', async () => {
    const { items } = await api(agent, `/work-items?client=${client.id}&state=waiting&case=${second.one.id}`);
    return items[0];
  }, WORK_MS);
  await agent.goto(`${BASE}/desk?client=${client.id}&item=${client.id}/${item.id}`);
  const work = agent.getByRole('region', { name: 'Work item' });
  await work.getByRole('button', { name: 'Merge, split' }).click();
  await agent.getByRole('menuitem', { name: /^Merge into/ }).waitFor();
  await agent.keyboard.press('Escape');
  await agent.getByRole('menuitem', { name: /^Merge into/ }).waitFor({ state: 'hidden' });
  await work.getByRole('link', { name: `Case ${second.one.number}` }).focus();
  await agent.keyboard.press('i');
  await mergeInto(agent, first.one);
  const undo = work.getByRole('button', { name: `Undo the merge of case ${second.one.number}` });
  await undo.waitFor();
  assert.equal(new URL(agent.url()).pathname, '/desk');
  await undo.click();
  await undo.waitFor({ state: 'hidden' });
  await until('it is a case of its own again', async () => (await api(agent, `/clients/${client.id}/cases/${second.one.id}`)).state === 'with_person');

  await work.getByRole('link', { name: `Case ${second.one.number}` }).focus();
  await agent.keyboard.press('b');
  const dialog = agent.getByRole('dialog', { name: /^Split off/ });
  await dialog.getByRole('group', { name: 'Messages of the new case' }).getByRole('checkbox').first().waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).first().click();
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual([...agent.faults, ...first.chat.faults, ...second.chat.faults], []);
});
