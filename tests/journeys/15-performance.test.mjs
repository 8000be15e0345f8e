// An AI operations lead sees by intent what AI tried and what became of it, opens the cases behind a number, and makes what failed a fix.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, picture, retailClient, signIn, until, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('from a figure to its cases, and from what failed to a fix', { timeout: 240_000 }, async () => {
  const lead = await house.window();
  await signIn(lead, 'ai-lead', '/performance');
  const client = await retailClient(lead);
  const fixes = async () => (await api(lead, `/fixes?client=${client.id}`)).items;
  const count = async () => (await fixes()).reduce((sum, fix) => sum + fix.cases, 0);
  const begun = Date.now();
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill('I want to speak to a person please');
  await chat.keyboard.press('Enter');
  await until('the case is with people', async () => {
    const { items } = await api(lead, `/cases?client=${client.id}&state=with_person`);
    return items.find((row) => row.opened_ms >= begun);
  }, WORK_MS);

  await lead.goto(`${BASE}/performance?client=${client.id}&days=7`);
  const table = lead.getByRole('region', { name: 'Figures by intent' });
  await table.getByRole('row').nth(1).waitFor();
  await lead.getByRole('region', { name: 'What customers wrote whose cases failed' }).waitFor();
  const byHour = lead.getByRole('img', { name: /cases by the hour at which they were opened/ });
  await byHour.waitFor();
  await picture(lead, 'performance');
  const tagged = await count();
  await lead.getByRole('button', { name: /^Tag as fix: .*customer asks/i }).first().click();
  await lead.getByRole('menuitem').first().click();
  await until('the cases are a fix', async () => (await count()) > tagged);

  const figure = table.getByRole('row').nth(1).getByRole('link').first();
  const cases = Number((await figure.innerText()).replace(/\D/g, ''));
  await figure.click();
  await lead.waitForURL(/\/performance\/cases/);
  await until('as many cases as the figure said', async () => (await lead.getByRole('table').getByRole('row').count()) >= Math.min(cases, 20) + 1);
  assert.deepEqual([...lead.faults, ...chat.faults], []);
});
