// Every screen with axe, light and dark, wide and narrow: no serious or critical violation of WCAG 2.2 AA.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { api, BASE, NARROW, openHouse, retailClient, signIn, WIDE } from './house.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SETTLE_MS = 900;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

async function check(page, what) {
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'hidden' });
  await page.waitForTimeout(SETTLE_MS);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  const bad = violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} (${node.any[0]?.message ?? node.failureSummary})`).join(' | ')}`);
  assert.deepEqual(bad, [], what);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wider <= 0, `${what}: the page is ${wider} px wider than the window`);
}

async function addresses(page) {
  const client = await retailClient(page);
  const { items: cases } = await api(page, '/cases?limit=1');
  const { items: runs } = await api(page, '/runs?limit=1');
  const { items: work } = await api(page, '/work-items?state=waiting&limit=1');
  return [
    '/desk', '/floor', '/cases', '/cases?q=nothing-fits-this', '/processes', '/runs', '/runs?status=faulted&error=nothing-fits-this', '/runs/dead', '/ledger', '/settings', '/settings?tab=stop', '/nowhere', `/chat/${client.id}`,
    ...cases.map((one) => `/cases/${one.client}/${one.id}`),
    ...runs.flatMap((one) => [`/processes/${one.client}/${one.process}?run=${one.id}`, `/processes/${one.client}/${one.process}?edit=1`, `/runs/${one.client}/${one.id}`, `/runs/${one.client}/${one.id}?tab=timeline`, `/runs/${one.client}/${one.id}?tab=journal`]),
    ...work.map((one) => `/desk?item=${one.client}/${one.id}`),
  ];
}

for (const [scheme, size] of [['light', WIDE], ['dark', WIDE], ['light', NARROW], ['dark', NARROW]]) {
  test(`screens, ${scheme}, ${size.width} px`, { timeout: 180_000 }, async (t) => {
    const page = await house.window({ colorScheme: scheme, viewport: size });
    await page.goto(`${BASE}/signin`);
    await page.getByLabel('E-mail').waitFor();
    await check(page, 'sign in');
    await signIn(page, 'supervisor');
    const seen = await addresses(page);
    assert.ok(seen.length >= 13, 'there are a case, a run and a work item to look at');
    for (const address of seen) {
      await t.test(address.replace(/[a-z]+_[0-9A-Za-z]{6,}/g, '…'), async () => {
        await page.goto(`${BASE}${address}`);
        await check(page, address);
      });
    }
    await page.goto(`${BASE}/desk`);
    await page.context().clearCookies();
    await signIn(page, 'admin');
    for (const address of ['/settings', '/settings?tab=tokens']) {
      await page.goto(`${BASE}${address}`);
      await check(page, address);
    }
    assert.deepEqual(page.faults, []);
  });
}

test('the keyboard help and the command palette', { timeout: 60_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'admin');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await check(page, 'help');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Go to, or find a case').waitFor();
  await check(page, 'palette');
  await page.keyboard.type('Floor');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/floor/);
});
