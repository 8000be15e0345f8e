// Every screen with axe, light and dark, wide and narrow: no serious or critical violation of WCAG 2.2 AA. A sample of them right to left.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { api, BASE, NARROW, openHouse, retailClient, signIn, until, WIDE } from './house.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const QUIET_MS = 250;
const QUIET_MS_MAX = 5_000;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** Until nothing moves: no animation that ends, and for a moment no change of the page. Live screens never rest for long. */
const still = ([quiet, longest]) => new Promise((done) => {
  const end = performance.now() + longest;
  let changed = performance.now();
  const watch = new MutationObserver(() => { changed = performance.now(); });
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = () => {
    const now = performance.now();
    const moves = document.getAnimations().some((one) => one.playState === 'running' && one.effect?.getTiming().iterations !== Infinity);
    if (now > end || (!moves && now - changed > quiet)) {
      watch.disconnect();
      done();
    } else setTimeout(look, 40);
  };
  look();
});

async function check(page, what) {
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'hidden' });
  await page.evaluate(still, [QUIET_MS, QUIET_MS_MAX]);
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), TAGS);
  const bad = violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} (${node.any[0]?.message ?? node.failureSummary})`).join(' | ')}`);
  assert.deepEqual(bad, [], what);
  const wider = await widerThanWindow(page);
  assert.ok(wider <= 0, `${what}: the page is ${wider} px wider than the window`);
}

/** Pixels that stand outside the window, to whichever side the page is read. */
const widerThanWindow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** Goes there as a link does, without loading the console again; what is no screen of the console is loaded. */
async function show(page, address) {
  if (address.startsWith('/chat/')) return page.goto(`${BASE}${address}`);
  const within = await page.evaluate(() => Boolean(window.__TSR_ROUTER__));
  if (!within) return page.goto(`${BASE}${address}`);
  return page.evaluate((href) => window.__TSR_ROUTER__.navigate({ href }), address);
}

// Groups, so that each has time enough on a slow machine.
const GROUPS = {
  work: (known) => ['/desk', '/floor', ...known.work.map((one) => `/desk?item=${one.client}/${one.id}`)],
  cases: (known) => ['/cases', '/cases?q=nothing-fits-this', ...known.cases.map((one) => `/cases/${one.client}/${one.id}`)],
  processes: (known) => ['/processes', '/rules', '/changes', '/blueprint', '/knowledge', '/knowledge?tab=articles', '/knowledge?tab=try', ...known.runs.flatMap((one) => [`/processes/${one.client}/${one.process}?run=${one.id}`, `/processes/${one.client}/${one.process}?edit=1`])],
  runs: (known) => ['/runs', '/runs?status=faulted&error=nothing-fits-this', '/runs/dead', '/runs/schedules', ...known.runs.flatMap((one) => ['', '?tab=timeline', '?tab=effects', '?tab=journal'].map((tab) => `/runs/${one.client}/${one.id}${tab}`))],
  connectors: (known) => ['/connectors', ...['', '?from=server', '?from=database', '?from=service', '?from=agent', '?from=webhook'].map((from) => `/connectors/import${from}`), ...known.connectors.map((one) => `/connectors/${one.client}/${one.name}`)],
  house: (known) => ['/ledger', '/performance', '/performance?days=7', '/performance/cases?which=attempts', '/performance/cases?which=overridden&reason=none', '/settings', '/settings?tab=stop', '/nowhere', `/chat/${known.client.id}`],
};

async function knownTo(page) {
  const first = async (path) => (await api(page, path)).items;
  const [client, cases, runs, work] = [await retailClient(page), await first('/cases?limit=1'), await first('/runs?limit=1'), await first('/work-items?state=waiting&limit=1')];
  const connectors = (await first('/connectors')).slice(0, 1);
  assert.ok(cases.length + runs.length + work.length === 3, 'there are a case, a run and a work item to look at');
  return { client, cases, runs, work, connectors };
}

for (const [scheme, size] of [['light', WIDE], ['dark', WIDE], ['light', NARROW], ['dark', NARROW]]) {
  const where = `${scheme}, ${size.width} px`;
  const look = { colorScheme: scheme, viewport: size, reducedMotion: 'reduce' };
  let page;
  let known;

  test(`signing in, ${where}`, { timeout: 90_000 }, async () => {
    page = await house.window(look);
    await page.goto(`${BASE}/signin`);
    await page.getByLabel('E-mail').waitFor();
    await check(page, 'sign in');
    await signIn(page, 'supervisor');
    known = await knownTo(page);
    assert.deepEqual(page.faults, []);
  });

  for (const [group, screens] of Object.entries(GROUPS)) {
    test(`screens of ${group}, ${where}`, { timeout: 120_000 }, async (t) => {
      for (const address of screens(known)) {
        await t.test(address.replace(/[a-z]+_[0-9A-Za-z]{6,}/g, '…'), async () => {
          await show(page, address);
          await check(page, address);
        });
      }
      assert.deepEqual(page.faults, []);
    });
  }

  test(`screens of an administrator, ${where}`, { timeout: 90_000 }, async () => {
    await page.context().close();
    page = await house.window(look);
    await signIn(page, 'admin');
    for (const address of ['/settings', '/settings?tab=tokens', '/settings?tab=queues', `/settings?tab=queues&client=${known.client.id}&queue=customer-care`, '/rules', '/changes', '/blueprint']) {
      await show(page, address);
      await check(page, address);
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

// One of each way that a screen is laid out.
const MIRRORED = (known) => [
  '/desk', ...known.work.map((one) => `/desk?item=${one.client}/${one.id}`), '/floor', ...known.cases.map((one) => `/cases/${one.client}/${one.id}`), '/cases',
  ...known.runs.flatMap((one) => [`/processes/${one.client}/${one.process}?run=${one.id}`, `/runs/${one.client}/${one.id}`]), '/fixes/week', '/performance', '/settings?tab=stop', '/connectors/import?from=service',
];

test('screens right to left', { timeout: 120_000 }, async (t) => {
  const page = await house.window({ reducedMotion: 'reduce' });
  await signIn(page, 'supervisor');
  const known = await knownTo(page);
  const rail = page.getByRole('navigation', { name: 'Screens' }).getByRole('list');
  const middle = async (of) => { const box = await of.boundingBox(); return box.x + box.width / 2; };
  assert.ok((await middle(rail)) < WIDE.width / 2, 'the rail stands where reading begins');
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  assert.ok((await middle(rail)) > WIDE.width / 2, 'the rail stands on the other side');
  for (const address of MIRRORED(known)) {
    await t.test(address.replace(/[a-z]+_[0-9A-Za-z]{6,}/g, '…'), async () => {
      await show(page, address);
      await check(page, address);
      await page.setViewportSize(NARROW);
      await until('it fits a narrow window', async () => (await widerThanWindow(page)) <= 0, QUIET_MS_MAX);
      await page.setViewportSize(WIDE);
    });
  }
  // What opens beside something opens to the side where there is room for it.
  await page.getByRole('button', { name: /account and appearance/ }).click();
  const menu = page.getByRole('menu');
  await menu.waitFor();
  const [left, right] = await menu.evaluate((one) => { const box = one.getBoundingClientRect(); return [box.left, box.right]; });
  assert.ok(left >= 0 && right <= WIDE.width, `the menu stands in the window: ${left} to ${right}`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

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
