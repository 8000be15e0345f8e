// An administrator sets the hours of a queue by keyboard, hears at the field what is wrong, and proposes them; the AI lead
// publishes them; the queue keeps those hours until they are taken back. And a member learns a skill.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, picture, retailClient, signIn, until } from './house.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const QUEUE = 'customer-care';

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** No serious or critical violation of WCAG 2.2 AA as the page stands. */
async function accessible(page, what) {
  await page.waitForTimeout(500);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  const bad = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  assert.deepEqual(bad.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target).join(' | ')}`), [], what);
}

/** Chooses in a list by keyboard: down to the option, and Enter. */
async function choose(page, field, option) {
  await field.press('ArrowDown');
  const wanted = page.getByRole('option', { name: option, exact: true });
  await wanted.waitFor();
  for (let step = 0; step < 12; step += 1) {
    if ((await wanted.getAttribute('data-combobox-selected')) !== null) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await wanted.waitFor({ state: 'hidden' });
}

test('hours are set in a form, checked, proposed, published by another, and taken back', { timeout: 300_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings?tab=queues');
  const client = await retailClient(admin);
  const live = async () => (await api(admin, `/clients/${client.id}/queues`)).items.find((one) => one.queue === QUEUE);
  await admin.goto(`${BASE}/settings?tab=queues&client=${client.id}`);
  const list = admin.getByRole('region', { name: 'Queues', exact: true }).getByRole('table');
  await list.getByText('Always open').first().waitFor();
  await accessible(admin, 'the list of queues');

  // Hours with a break, all by keyboard.
  const hours = admin.getByRole('region', { name: 'Hours', exact: true });
  await hours.getByRole('button', { name: 'Add hours', exact: true }).press('Enter');
  await hours.getByLabel('Time zone').fill('Europe/Berlin');
  await admin.keyboard.press('Escape');
  const monday = hours.getByRole('button', { name: 'Add hours on Monday' });
  await monday.press('Enter');
  await monday.press('Enter');
  await hours.getByLabel('Monday, span 2, to').fill('18:00');
  await hours.getByRole('button', { name: 'Tuesday to Friday as Monday' }).press('Enter');
  await hours.getByRole('button', { name: 'Remove Friday, span 2' }).press('Enter');
  assert.equal(await admin.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Add hours on Friday', 'focus stays at the day');
  await hours.getByRole('button', { name: 'Add a day' }).press('Enter');
  await hours.getByLabel('Date of day 1').fill('2099-12-24');
  await hours.getByLabel('Title of day 1').fill('Christmas Eve');
  const otherwise = hours.getByLabel('Hours of day 1');
  await otherwise.pressSequentially('08:00-12:00, 1');
  for (let typed = 0; typed < 3; typed += 1) await otherwise.press('Backspace');
  assert.equal(await otherwise.inputValue(), '08:00-12:00', 'a comma can be taken back');

  // The queue that keeps them.
  await list.getByRole('button').first().press('Enter');
  const form = admin.getByRole('region', { name: /^Queue: / });
  await form.getByLabel('Due within').fill('PT45M');
  const cost = form.getByLabel('Cost of waiting');
  await cost.pressSequentially('0.05');
  assert.equal(await cost.inputValue(), '0.05', 'a number stays as it is typed');
  await cost.fill('');
  await choose(admin, form.getByRole('combobox', { name: 'Hours', exact: true }), 'office');
  await form.getByRole('button', { name: 'Add a skill' }).press('Enter');
  await form.getByLabel('Skill 1', { exact: true }).fill('returns');
  await choose(admin, form.getByRole('combobox', { name: 'Level of skill 1' }), 'Level 2');
  await form.getByRole('button', { name: 'Without skill returns' }).press('Enter');

  // What is wrong is told where it is.
  await hours.getByLabel('Monday, span 1, from').fill('8 h');
  const check = admin.getByRole('button', { name: 'Check', exact: true });
  await check.press('Enter');
  await hours.getByRole('row', { name: /^Monday/ }).getByText(/is no span of time/).waitFor({ timeout: 120_000 });
  await admin.getByRole('region', { name: 'It does not load' }).getByText(/calendars\.yaml, line \d+/).first().waitFor();
  await accessible(admin, 'a form with an error');
  await hours.getByLabel('Monday, span 1, from').fill('08:00');
  await hours.getByText(/is no span of time/).waitFor({ state: 'hidden' });
  await check.press('Enter');
  const loads = admin.getByRole('region', { name: 'It loads' });
  await loads.getByText('calendars.yaml').waitFor({ timeout: 120_000 });
  await loads.getByText('queues.yaml').waitFor();
  await list.getByText(/As edited: (Open until|Closed, opens) .*Europe\/Berlin/).waitFor();
  await accessible(admin, 'a form that was checked');
  await picture(admin, 'queues');
  assert.equal((await live()).calendar, null, 'checking keeps nothing');

  await admin.getByRole('button', { name: 'Propose…' }).press('Enter');
  const dialog = admin.getByRole('dialog', { name: /^Propose 2 changed files/ });
  await dialog.getByLabel('Title').fill('Customer care has hours');
  await dialog.getByLabel('Reason').fill('Nobody is there at night');
  await dialog.getByRole('button', { name: 'Propose', exact: true }).press('Enter');
  await admin.waitForURL(/\/changes\?.*proposal=/, { timeout: 120_000 });
  await admin.getByText('+    calendar: office').waitFor();
  assert.equal((await live()).calendar, null, 'a proposal changes nothing');

  const lead = await house.window();
  await signIn(lead, 'ai-lead', '/changes');
  await lead.goto(admin.url());
  await lead.getByLabel('Reason', { exact: true }).fill('Read and agreed');
  await lead.getByRole('button', { name: 'Approve' }).press('Enter');
  await lead.getByRole('button', { name: 'Publish' }).press('Enter');
  try {
    const now = await until('the hours hold', async () => {
      const found = await live();
      return found.calendar?.name === 'office' && found;
    });
    assert.deepEqual(now.calendar.weekly.mon, ['08:00-12:00', '13:00-18:00']);
    assert.deepEqual(now.calendar.weekly.fri, ['08:00-12:00']);
    assert.equal(now.sla_ms, 45 * 60_000);
    await admin.goto(`${BASE}/settings?tab=queues&client=${client.id}&queue=${QUEUE}`);
    await list.getByText(/(Open until|Closed, opens) .*Europe\/Berlin/).first().waitFor();
    await admin.getByText('As it is live', { exact: true }).waitFor();
  } finally {
    await lead.getByLabel('Reason', { exact: true }).fill('It was a trial');
    await lead.getByRole('button', { name: 'Take back' }).press('Enter');
    await until('it is always open again', async () => (await live()).calendar === null);
  }
  assert.deepEqual([...admin.faults, ...lead.faults], []);
});

test('what a member can do is set by an administrator, and is in the ledger', { timeout: 120_000 }, async () => {
  const admin = await house.window();
  await signIn(admin, 'admin', '/settings');
  await admin.getByRole('button', { name: 'Edit Sam Okafor' }).press('Enter');
  const dialog = admin.getByRole('dialog', { name: 'Sam Okafor' });
  await dialog.getByRole('button', { name: 'Add a skill' }).press('Enter');
  await dialog.getByLabel('Skill 1', { exact: true }).fill('returns');
  await choose(admin, dialog.getByRole('combobox', { name: 'Level of skill 1' }), 'Level 3');
  await accessible(admin, 'the form of a member');
  await dialog.getByRole('button', { name: 'Save' }).press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  const sam = await until('the skill is kept', async () => {
    const { items } = await api(admin, '/members');
    return items.find((one) => one.email === 'agent@baton.example' && one.skills.includes('returns:3'));
  });
  const { items } = await api(admin, `/ledger?kind=member.profile_changed&limit=5`);
  assert.ok(items.some((entry) => entry.subject === sam.id && entry.data.skills?.includes('returns:3')));

  await admin.getByRole('button', { name: 'Edit Sam Okafor' }).press('Enter');
  await dialog.getByRole('button', { name: 'Without skill returns' }).press('Enter');
  await dialog.getByRole('button', { name: 'Save' }).press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual(admin.faults, []);
});
