// An adjuster takes what is most urgent, decides by key, and the case goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, openHouse, picture, signIn, until, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('adjuster takes a claim, decides by key, and the case goes on', { timeout: 180_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'adjuster');
  await until('work for the adjuster', async () => {
    const { items } = await api(page, '/work-items?state=waiting&kind=review');
    return items.length > 0;
  }, WORK_MS);
  await page.reload();
  const list = page.getByRole('region', { name: 'Waiting' });
  await list.getByRole('button').first().waitFor();

  // Down, up, and then the most urgent one: all without a mouse.
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('n');
  const decisions = page.getByRole('group', { name: 'Decisions' });
  await decisions.waitFor();
  const [client, id] = new URL(page.url()).searchParams.get('item').split('/');
  const item = await api(page, `/clients/${client}/work-items/${id}`);
  assert.equal(item.state, 'claimed');
  await page.getByRole('log').getByRole('article').first().waitFor();
  await picture(page, 'desk');

  const title = await decide(page, decisions, item);
  await page.getByRole('alert').or(page.getByText(title, { exact: false })).first().waitFor();
  await until('the decision is taken', async () => (await api(page, `/clients/${client}/work-items/${id}`)).state === 'done');

  // The process goes on by itself: something is done after the decision.
  await until('the case goes on', async () => {
    const { items } = await api(page, `/clients/${client}/cases/${item.case}/timeline`);
    const decided = items.findLastIndex((one) => one.title === 'work_item.completed');
    return decided >= 0 && items.length > decided + 1;
  });
  await page.goto(new URL(`/cases/${client}/${item.case}`, page.url()).href);
  await page.getByText(/^Decided:/).first().waitFor();
  await picture(page, 'case');
  assert.deepEqual(page.faults, []);
});

/** Presses the key of the recommended decision where it can be taken as proposed, else of another; confirms by Enter. */
async function decide(page, decisions, item) {
  const usable = (decision) => (decision.fields ?? []).every((name) => !name.endsWith('_minor') || item.form.values?.[name] > 0);
  const decision = item.form.decisions.find((one) => one.primary && usable(one)) ?? item.form.decisions.find(usable);
  const key = await decisions.getByRole('button', { name: decision.title }).getAttribute('aria-keyshortcuts');
  await page.keyboard.press(key);
  if ((decision.fields ?? []).length > 0) {
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    for (const box of await dialog.locator('textarea:visible, input[required]:visible').all()) {
      if (!(await box.inputValue())) await box.fill('Looked at and decided.');
    }
    await picture(page, 'decision');
    await dialog.locator('input:visible, textarea:visible').first().focus();
    await dialog.getByRole('button', { name: decision.title }).focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
  }
  return decision.title;
}
