// A list of five thousand cases is scrolled through: what is drawn stays small, and the frames keep coming.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, signIn } from './house.mjs';

const ROWS = 5_000;
const FRAMES = 240;
const STEP_PX = 120;
// The browser's own work of a frame at 60 a second. Drawing comes on top, and is the machine's: here without a graphics card.
const WORK_MS_MAX = 16.7;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** Scrolls a box a step a frame; returns how long each frame took, milliseconds, and the most rows drawn at once. */
const scrolled = (page) => page.evaluate(async ([frames, step]) => {
  const box = document.querySelector('[role=region][aria-label=Cases]');
  const took = [];
  let [drawn, last] = [0, performance.now()];
  for (let n = 0; n < frames; n++) {
    box.scrollTop += step;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    took.push(now - last);
    last = now;
    drawn = Math.max(drawn, box.querySelectorAll('tbody tr').length);
  }
  return { took, drawn, at: box.scrollTop };
}, [FRAMES, STEP_PX]);

/** Time that the page has spent on scripts, styles and layout, milliseconds. */
async function work(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  const parts = metrics.filter((one) => ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].includes(one.name));
  return parts.reduce((sum, one) => sum + one.value * 1_000, 0);
}

test('five thousand rows are scrolled', { timeout: 120_000 }, async (t) => {
  const page = await house.window();
  await signIn(page, 'supervisor', '/cases');
  const { items: [one] } = await api(page, '/cases?limit=1');
  const items = Array.from({ length: ROWS }, (_, n) => ({ ...one, id: `${one.id.slice(0, -5)}${String(n).padStart(5, '0')}`, subject: `Case ${n} of a long list` }));
  await page.route('**/api/v1/cases?*', (route) => route.fulfill({ json: { items, next: null } }));
  await page.goto(`${BASE}/cases?state=open`);
  await page.getByText('Case 3 of a long list').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Cases' }).getByRole('table').getAttribute('aria-rowcount'), String(ROWS + 1));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await work(session);
  const { took, drawn, at } = await scrolled(page);
  const own = ((await work(session)) - before) / FRAMES;
  const sorted = [...took].sort((a, b) => a - b);
  const [p50, p95] = [50, 95].map((part) => sorted[Math.floor((sorted.length * part) / 100)]);
  t.diagnostic(`${ROWS} rows, ${FRAMES} frames of ${STEP_PX} px: scripts, styles and layout ${own.toFixed(1)} ms a frame; frames came every ${p50.toFixed(1)} ms (p50), ${p95.toFixed(1)} ms (p95); at most ${drawn} rows drawn`);
  assert.ok(at > (FRAMES / 2) * STEP_PX, `it scrolls: ${at}`);
  assert.ok(drawn < 100, `rows that are not seen are not drawn: ${drawn}`);
  assert.ok(own < WORK_MS_MAX, `${own} ms of work a frame`);
  assert.deepEqual(page.faults, []);
});
