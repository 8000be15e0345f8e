// People work one case together: a note that names a colleague, a whisper, a macro, an offer from hand to hand, a kept view.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, handoffOf, openHouse, picture, retailClient, signIn, until, waiting } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

async function handedOver(agent, client) {
  const before = new Set((await waiting(agent, client.id)).map((one) => one.id));
  const words = 'I want to speak to a person please';
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill(words);
  await chat.keyboard.press('Enter');
  const item = await handoffOf(agent, client.id, before, words);
  return { chat, item };
}

test('a case is worked on by two, and the customer sees one conversation', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent');
  const client = await retailClient(agent);
  const { chat, item } = await handedOver(agent, client);
  await agent.goto(`${BASE}/desk?item=${client.id}/${item.id}`);
  await agent.getByRole('heading', { name: 'The customer asks for a person' }).waitFor();
  await agent.keyboard.press('c');
  await agent.getByRole('group', { name: 'Decisions' }).waitFor();

  await agent.keyboard.press('m');
  await agent.getByLabel('Note for colleagues').fill('She has called before about the same lamp.');
  await agent.getByRole('combobox', { name: 'Who is to hear of it' }).fill('Mira');
  await agent.getByRole('option', { name: /Mira/ }).click();
  await agent.keyboard.press('Tab');
  await agent.getByRole('button', { name: 'Keep', exact: true }).click();
  await agent.getByRole('log').getByText('the same lamp').waitFor();

  const lead = await house.window();
  await signIn(lead, 'supervisor', '/floor');
  await lead.getByText('A note names you').waitFor();
  await lead.getByRole('link', { name: /^Case / }).first().click();
  await lead.getByRole('log').getByText('the same lamp').waitFor();
  await lead.getByLabel('What to write').getByText('Whisper').click();
  await lead.getByLabel('Whisper to whoever has the case').fill('Offer her the replacement at once.');
  await lead.keyboard.press('Control+Enter');
  await agent.getByRole('log').getByText('the replacement at once').waitFor();

  await agent.getByLabel('What to write').getByText('Reply').click();
  await agent.getByRole('button', { name: /^Macros/ }).click();
  await agent.getByRole('menuitem', { name: /Sorry for the wait/ }).click();
  const reply = agent.getByLabel(/^Reply to/);
  await until('the macro is in the reply', async () => (await reply.inputValue()).length > 0);
  const words = (await reply.inputValue()).split('\n')[0];
  await reply.focus();
  await agent.keyboard.press('Control+Enter');
  await chat.getByText(words).first().waitFor();
  await picture(agent, 'together');

  await agent.getByRole('button', { name: /^Hand to/ }).click();
  const dialog = agent.getByRole('dialog', { name: 'Hand to a colleague' });
  await dialog.getByRole('combobox', { name: 'To' }).fill('Mira');
  await agent.getByRole('option', { name: /Mira/ }).click();
  await dialog.getByLabel('What they should know').fill('She waits for a yes to the replacement.');
  await dialog.getByRole('button', { name: 'Offer' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await lead.goto(`${BASE}/desk`);
  const offers = lead.getByRole('region', { name: 'Offers' });
  await offers.getByText('She waits for a yes').waitFor();
  await offers.getByRole('button', { name: 'Take it' }).click();
  await until('the supervisor has it', async () => {
    const { items } = await api(lead, '/work-items?mine=1&state=claimed');
    return items.some((one) => one.id === item.id);
  });
  const shown = await chat.locator('.msg').allInnerTexts();
  assert.ok(!shown.some((text) => /same lamp|replacement at once|waits for a yes/.test(text)), `the customer reads none of it: ${shown.join(' / ')}`);
  assert.deepEqual([...agent.faults, ...lead.faults, ...chat.faults], []);
});

test('a view is kept under a name and found again on another machine', { timeout: 120_000 }, async () => {
  const here = await house.window();
  await signIn(here, 'supervisor', '/cases?state=resolved');
  await here.getByRole('button', { name: 'Keep this view' }).click();
  await here.getByLabel('Name of the view').fill('Done by us');
  await here.getByRole('button', { name: 'Keep', exact: true }).click();
  await here.getByRole('button', { name: 'Done by us', exact: true }).waitFor();
  const there = await house.window();
  await signIn(there, 'supervisor', '/cases');
  await there.getByRole('button', { name: 'Done by us', exact: true }).click();
  await there.waitForURL(/state=resolved/);
  await there.getByRole('button', { name: 'Forget the view Done by us' }).click();
  const view = there.getByRole('button', { name: 'Done by us', exact: true });
  await view.waitFor({ state: 'hidden' });
  // Whoever forgot the wrong one has it back by a key, as soon as it says so.
  await there.getByText('Forgotten: Done by us').waitFor();
  await there.keyboard.press('z');
  await view.waitFor();
  await there.getByRole('button', { name: 'Forget the view Done by us' }).click();
  await view.waitFor({ state: 'hidden' });
  assert.deepEqual([...here.faults, ...there.faults], []);
});
