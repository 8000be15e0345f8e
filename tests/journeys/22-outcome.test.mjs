// A person changes an outcome that the AI gave, on the page of the case: another outcome, a reason of the closed list, and why. The
// old one stays in the ledger, and the case counts among those whose outcome people changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, picture, retailClient, signIn, until, WORK_MS } from './house.mjs';

const REASONS = ['Wrong answer', 'Outdated article', 'Misunderstood', 'Wrong tone', 'Wrong action', 'System error', 'Policy exception', 'Wrong team'];
const WHY = 'Grace asked for the lamp, and got the table.';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** A case of the demo's customers that the AI has ended by itself. */
const endedByAi = (page, client) =>
  until('a case that the AI has ended', async () => {
    const { items } = await api(page, `/cases?client=${client.id}&state=resolved&limit=20`);
    for (const row of items) {
      const one = await api(page, `/clients/${client.id}/cases/${row.id}`);
      if (one.outcome_by === 'agent' && one.outcome && !one.links?.merged_into) return one;
    }
    return undefined;
  }, WORK_MS);

test('an outcome of the AI is changed for a reason of the list', { timeout: 180_000 }, async () => {
  const agent = await house.window();
  await signIn(agent, 'agent', '/cases');
  const client = await retailClient(agent);
  const one = await endedByAi(agent, client);
  const tagged = async () => (await api(agent, `/fixes?client=${client.id}`)).items.filter((fix) => fix.cause === 'misunderstood').reduce((sum, fix) => sum + fix.cases, 0);
  const before = await tagged();

  await agent.goto(`${BASE}/cases/${client.id}/${one.id}`);
  await agent.getByRole('button', { name: 'Change the outcome' }).press('Enter');
  const dialog = agent.getByRole('dialog', { name: 'Change the outcome' });
  const change = dialog.getByRole('button', { name: 'Change it' });
  await dialog.getByLabel('It should have been').fill('wrong_item_sent');
  assert.equal(await change.isDisabled(), true, 'nothing is changed without a reason');
  await dialog.getByRole('combobox', { name: 'Why' }).press('ArrowDown');
  const options = agent.getByRole('listbox').getByRole('option');
  await options.first().waitFor();
  assert.deepEqual(await options.allInnerTexts(), REASONS);
  await agent.getByRole('option', { name: 'Misunderstood' }).click();
  await dialog.getByLabel('In your words').fill(WHY);
  await picture(agent, 'change-outcome');
  await change.press('Enter');
  await dialog.waitFor({ state: 'hidden' });

  await agent.getByText('Wrong item sent', { exact: true }).first().waitFor();
  await agent.getByRole('button', { name: 'Change the outcome' }).waitFor({ state: 'hidden' });
  await agent.waitForFunction(() => document.activeElement?.id === 'main');
  const now = await api(agent, `/clients/${client.id}/cases/${one.id}`);
  assert.deepEqual([now.outcome, now.outcome_by, now.state], ['wrong_item_sent', 'member', 'resolved']);
  await until('the case stands among the fixes', async () => (await tagged()) === before + 1);

  // An auditor reads what it was before and why, and not the words.
  const auditor = await house.window();
  await signIn(auditor, 'auditor', '/ledger');
  const { items } = await api(auditor, `/ledger?client=${client.id}&case=${one.id}&kind=case.overridden`);
  assert.deepEqual(items.map((entry) => [entry.data.from, entry.data.to, entry.data.reason]), [[one.outcome, 'wrong_item_sent', 'misunderstood']]);
  assert.ok(!JSON.stringify(items).includes('lamp'), 'what customers are spoken of in stays out of the ledger');
  await auditor.goto(`${BASE}/performance/cases?which=overridden&client=${client.id}`);
  await auditor.getByRole('table').getByRole('link', { name: new RegExp(String(one.number)) }).first().waitFor();
  assert.deepEqual([...agent.faults, ...auditor.faults], []);
});
