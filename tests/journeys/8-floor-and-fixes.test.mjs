// A supervisor sees people come and go and gives work on; whoever takes a case says why it came, and the cause becomes a fix.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, picture, retailClient, signIn, until } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

async function ask(client, words) {
  const chat = await house.window();
  await chat.goto(`${BASE}/chat/${client.id}`);
  await chat.getByLabel('Write a message').fill(words);
  await chat.keyboard.press('Enter');
  return chat;
}

/** The week on paper: its content alone, in dark ink also where the screen is dark, and all of it, also on small paper. */
async function onPaper(page) {
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  for (const gone of [page.getByRole('navigation', { name: 'Screens' }), page.getByRole('button', { name: 'Print' }), page.getByRole('link', { name: 'Baton, to the desk' })]) {
    await gone.waitFor({ state: 'hidden' });
  }
  await page.getByRole('heading', { name: 'Weekly review' }).waitFor();
  const ink = await page.getByRole('heading', { name: 'What to do first' }).evaluate((one) => getComputedStyle(one).color);
  assert.ok(ink.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 64), `dark ink on white paper: ${ink}`);
  const height = await page.getByRole('article').evaluate((one) => one.getBoundingClientRect().height);
  const file = await page.pdf({ width: '900px', height: `${Math.ceil(height / 2)}px` });
  assert.equal(file.subarray(0, 5).toString(), '%PDF-');
  const pages = file.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(pages >= 2, `${pages} pages: what is below the window is on paper too`);
  await page.emulateMedia({ media: null, colorScheme: 'light' });
}

test('work comes to whoever is available, is rated and tagged, and given on by a supervisor', { timeout: 240_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent', '/desk');
  const client = await retailClient(agent);
  await agent.getByRole('button', { name: 'You are: Off' }).click();
  await agent.getByRole('menuitem', { name: /Available/ }).click();
  await agent.getByRole('button', { name: 'You are: Available' }).waitFor();

  await ask(client, 'I want to speak to a person please');
  const mine = await until('the case comes to the agent by itself', async () => {
    const page = await api(agent, '/work-items?mine=1&state=claimed');
    return page.items.find((item) => item.client === client.id && item.case);
  });
  await agent.goto(`${BASE}/desk?item=${encodeURIComponent(`${mine.client}/${mine.id}`)}`);
  const bar = agent.getByRole('group', { name: 'Handoff' });
  await bar.waitFor();
  await agent.keyboard.press('+');
  await until('one keystroke rates the packet', async () => (await api(agent, `/clients/${client.id}/work-items/${mine.id}`)).handoff.rating === 'good');
  await agent.keyboard.press('t');
  await agent.getByRole('menu').getByRole('menuitem').first().waitFor();
  await agent.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem');
  await agent.keyboard.press('Enter');
  const fix = await until('two keystrokes tag the case', async () => (await api(agent, `/fixes?client=${client.id}`)).items[0]);
  await picture(agent, 'handoff');

  const lead = await house.window();
  await signIn(lead, 'supervisor', '/floor');
  const people = lead.getByRole('region', { name: 'People' });
  const row = people.getByRole('row', { name: /Sam Okafor/ });
  await row.getByText('Available').waitFor();
  await picture(lead, 'floor-people');
  await row.getByRole('button', { name: 'Reassign' }).click();
  const dialog = lead.getByRole('dialog');
  await dialog.getByRole('checkbox').first().waitFor();
  await dialog.getByRole('combobox', { name: 'To' }).fill('Customer care');
  await lead.keyboard.press('ArrowDown');
  await lead.keyboard.press('Enter');
  await dialog.getByLabel('Reason').fill('goes to lunch');
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'hidden' });
  await row.getByRole('button', { name: 'Sign off' }).click();
  await row.getByText('Off', { exact: true }).waitFor();
  await agent.getByText('You are off', { exact: true }).waitFor();

  await lead.goto(`${BASE}/fixes?client=${client.id}`);
  await lead.getByRole('region', { name: 'Open' }).or(lead.getByLabel('Open', { exact: true })).first().waitFor();
  await picture(lead, 'fixes');
  await lead.goto(`${BASE}/fixes/${client.id}/${fix.id}`);
  await lead.getByRole('combobox', { name: 'State' }).click();
  await lead.getByRole('option', { name: 'Doing' }).click();
  await lead.getByRole('button', { name: 'Save' }).click();
  await until('the fix has moved', async () => (await api(lead, `/clients/${client.id}/fixes/${fix.id}`)).state === 'doing');
  await lead.goto(`${BASE}/fixes/week?client=${client.id}`);
  await lead.getByRole('heading', { name: 'What to do first' }).waitFor();
  await lead.getByRole('list', { name: 'Handoffs by need' }).getByRole('img', { name: /\d+ handoffs, \d+ with everything critical/ }).first().waitFor();
  await picture(lead, 'weekly-review');
  await onPaper(lead);
  assert.deepEqual([...agent.faults, ...lead.faults], []);
});
