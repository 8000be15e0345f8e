// An adjuster takes what is most urgent, decides by key, and the case goes on; and pays a claim, confirming the amount.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, NARROW, openHouse, picture, signIn, until, WIDE, WORK_MS } from './house.mjs';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

const reviews = (page, client) => api(page, `/work-items?client=${client}&state=waiting&kind=review`).then((found) => found.items);
const detail = (page, item) => api(page, `/clients/${item.client}/work-items/${item.id}`);

async function englishInsurer(page) {
  const { items } = await api(page, '/clients');
  const insurers = items.filter((client) => client.blueprint.includes('insurance'));
  return (insurers.find((client) => client.locale.startsWith('en')) ?? insurers[0] ?? items[0]).id;
}

async function atTheDesk() {
  const page = await house.window();
  await signIn(page, 'adjuster');
  const client = await englishInsurer(page);
  await until('work for the adjuster', async () => (await reviews(page, client)).length > 0, WORK_MS);
  await page.goto(`${BASE}/desk?client=${client}`);
  await page.getByRole('region', { name: 'Waiting' }).getByRole('button').first().waitFor();
  return { page, client, decisions: page.getByRole('group', { name: 'Decisions' }) };
}

/** The process goes on by itself: something is done after the decision. */
async function goesOn(page, item) {
  await until('the decision is taken', async () => (await detail(page, item)).state === 'done');
  await until('the case goes on', async () => {
    const { items } = await api(page, `/clients/${item.client}/cases/${item.case}/timeline`);
    const decided = items.findLastIndex((one) => one.title === 'work_item.completed');
    return decided >= 0 && items.length > decided + 1;
  });
}

test('adjuster takes the next claim by key, decides by key, and the case goes on', { timeout: 180_000 }, async () => {
  const { page, decisions } = await atTheDesk();
  // Down, up, and then the most urgent one: all without a mouse.
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('n');
  await decisions.waitFor();
  const [client, id] = new URL(page.url()).searchParams.get('item').split('/');
  const item = await detail(page, { client, id });
  assert.equal(item.state, 'claimed');
  await page.getByRole('log').getByRole('article').first().waitFor();

  const decision = item.form.decisions.find((one) => (one.fields ?? []).every((name) => !name.endsWith('_minor')));
  await page.keyboard.press(await decisions.getByRole('button', { name: decision.title }).getAttribute('aria-keyshortcuts'));
  const dialog = page.getByRole('dialog', { name: decision.title });
  await dialog.waitFor();
  for (const box of await dialog.locator('textarea:visible, input:visible').all()) {
    if (!(await box.inputValue())) await box.fill('Looked at and decided.');
  }
  await dialog.getByRole('button', { name: decision.title }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await goesOn(page, item);
  assert.deepEqual(page.faults, []);
});

test('adjuster pays a claim: one key, the amount is confirmed, the money moves', { timeout: 240_000 }, async () => {
  const { page, client, decisions } = await atTheDesk();
  const item = await until('a claim to be paid', async () => {
    for (const one of await reviews(page, client)) {
      const found = await detail(page, one);
      if (found.form.values?.amount_minor > 0 && found.form.decisions.some((decision) => decision.fields?.includes('amount_minor'))) return found;
    }
    return null;
  }, WORK_MS);
  await page.goto(`${BASE}/desk?client=${client}&item=${client}/${item.id}`);
  await page.getByRole('heading', { name: item.title }).waitFor();
  await page.keyboard.press('c');
  await decisions.waitFor();
  await page.getByRole('log').getByRole('article').first().waitFor();
  // What a process writes as 3084.78 USD is read as everybody here writes it.
  await page.getByRole('region', { name: 'Packet', exact: true }).getByText(/^Approve and pay \$[\d,]+\.\d{2} if you agree/).waitFor();
  await picture(page, 'desk');
  await page.setViewportSize(NARROW);
  await picture(page, 'desk-narrow');
  await page.setViewportSize(WIDE);

  const pays = item.form.decisions.find((decision) => decision.fields?.includes('amount_minor'));
  await page.keyboard.press(await decisions.getByRole('button', { name: pays.title }).getAttribute('aria-keyshortcuts'));
  const dialog = page.getByRole('dialog');
  const figure = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 }).format(item.form.values.amount_minor / 100);
  await dialog.getByText(figure).first().waitFor();
  await picture(page, 'decision');
  // Thousands are typed as they are written, and are no cents.
  const amount = dialog.getByLabel('Amount');
  for (const typed of ['1,234.50', figure]) {
    await amount.press('Control+a');
    await amount.pressSequentially(typed);
    await dialog.getByRole('button').filter({ hasText: typed }).waitFor();
  }
  await amount.focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });

  await goesOn(page, item);
  const payment = await until('the payment', async () => {
    const { items } = await api(page, `/clients/${client}/effects?case=${item.case}`);
    return items.find((one) => one.action === 'create_payment' && one.state === 'finished');
  });
  assert.equal(payment.args.amount_minor, item.form.values.amount_minor);
  await page.goto(`${BASE}/cases/${client}/${item.case}`);
  await page.getByText(/^Decided:/).first().waitFor();
  await page.getByText('Outcome:').waitFor();
  await picture(page, 'case');
  assert.deepEqual(page.faults, []);
});
