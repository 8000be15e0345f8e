// Whoever looks elsewhere is told by the browser and by a sound once they have asked for it, and at night only once they have asked
// for that too. It is day in one browser and night in the other by the clock of the place where each stands.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, BASE, openHouse, post, retailClient, signIn, until, WORK_MS } from './house.mjs';

const NOON_H = 12;
const MIDNIGHT_H = 0;
const HOURS_WEST_MAX = 12;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** A time zone in which this hour is struck now: of "Etc/GMT+3" the clock is three hours behind. */
function zoneAt(hour) {
  let ahead = hour - new Date().getUTCHours();
  if (ahead < -HOURS_WEST_MAX) ahead += 24;
  if (ahead === 0) return 'Etc/GMT';
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** Keeps what the browser is asked to show and to play, and does it all the same. A browser without a screen may say that it was refused
 *  what it was granted; what is looked at here is what the console asks of one that shows them. */
function listen() {
  if (!('Notification' in window)) return;
  window.shown = [];
  window.played = 0;
  window.Notification = class extends window.Notification {
    static get permission() { return 'granted'; }
    constructor(title, options) {
      super(title, options);
      window.shown.push(`${title}: ${options.body}`);
      window.newest = this;
    }
  };
  window.AudioContext = class extends window.AudioContext {
    constructor() {
      super();
      window.played += 1;
    }
  };
}

/** The agent at a place where this hour is struck, who looks elsewhere. */
async function at(hour) {
  const page = await house.window({ timezoneId: zoneAt(hour), permissions: ['notifications'] });
  await page.addInitScript(listen);
  await signIn(page, 'agent', '/cases');
  const struck = await page.evaluate(() => new Date().getHours());
  assert.ok(struck === hour || struck === hour + 1, `it is ${struck} o'clock there`);
  await page.evaluate(() => { document.hasFocus = () => false; });
  return page;
}
const heard = (page) => page.evaluate(() => ({ shown: window.shown, played: window.played }));

/** Opens the settings by keyboard, and turns these on. */
async function turnOn(page, ...switches) {
  await page.getByRole('button', { name: /account and appearance/ }).press('Enter');
  await page.getByRole('menuitem', { name: 'Notifications' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Notifications' });
  for (const name of switches) {
    const one = dialog.getByRole('switch', { name });
    assert.equal(await one.isChecked(), false, `${name} is off until asked for`);
    await one.press('Space');
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

/** What is there is looked at first, so that only what comes afterwards is new. */
async function turnOnAndLook(page, ...switches) {
  const read = ['/api/v1/work-items?mine=1', '/api/v1/offers'].map((path) => page.waitForResponse((answer) => answer.url().includes(path) && answer.ok()));
  await turnOn(page, ...switches);
  await Promise.all(read);
  await page.evaluate(() => new Promise(requestAnimationFrame));
}

test('notifications come when they are asked for, and at night when that is asked for too', { timeout: 180_000 }, async () => {
  const day = await at(NOON_H);
  const client = await retailClient(day);
  const { member } = await api(day, '/session');
  const lead = await house.window();
  await signIn(lead, 'supervisor', '/cases');
  const one = await until('a case to write about', async () => (await api(lead, `/cases?client=${client.id}&limit=1`)).items[0], WORK_MS);
  let written = 0;
  const name = async () => {
    written += 1;
    await post(lead, `/clients/${client.id}/cases/${one.id}/notes`, { text: `Please look at this one (${written}).`, mentions: [member.id] });
  };
  const banner = (page) => page.getByText(written > 1 ? new RegExp(`names you \\(${written} in all\\).*\\(${written}\\)`) : /names you: .*\(1\)/).waitFor();

  try {
    await name();
    await banner(day);
    assert.deepEqual(await heard(day), { shown: [], played: 0 }, 'off until asked for');

    const night = await at(MIDNIGHT_H);
    await turnOnAndLook(day, /^By the browser/, /^With a sound/);
    await turnOnAndLook(night, /^By the browser/, /^With a sound/);
    await name();
    await until('the day hears of it', async () => (await heard(day)).shown.length > 0);
    assert.deepEqual(await heard(day), { shown: ['Baton: A note names you'], played: 1 }, 'once, and without the words of the note');
    await banner(night);

    // Had the night been told of the second note, these would be two.
    await turnOn(night, /^At night too/);
    await name();
    await until('the night hears of what comes now', async () => (await heard(night)).shown.length > 0);
    assert.deepEqual(await heard(night), { shown: ['Baton: A note names you'], played: 1 });
    // A press on it leads to what it is about.
    await until('the day hears of it too', async () => (await heard(day)).shown.length > 1);
    await day.evaluate(() => { window.newest.dispatchEvent(new Event('click')); });
    await day.waitForURL((url) => url.pathname === `/cases/${client.id}/${one.id}`);
    assert.deepEqual([...day.faults, ...night.faults, ...lead.faults], []);
  } finally {
    // Whoever has looked at the case is not told of it any more: the next journeys begin without the banner.
    await day.goto(`${BASE}/cases/${client.id}/${one.id}`);
    await day.getByText(/names you/).waitFor({ state: 'hidden' });
  }
});
