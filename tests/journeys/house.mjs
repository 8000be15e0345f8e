// The browser, the people who sign in, and small things all journeys share.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { smaller } from './picture.mjs';

export const BASE = (process.env.BATON_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const CHROMIUM = process.env.BATON_CHROMIUM ?? '/usr/bin/chromium';
const PICTURES = process.env.BATON_PICTURES;
const PASSWORD = 'baton-demo';
const ARGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 400, height: 820 };
// A machine that does other things too is slow, and not wrong.
export const SOON_MS = 45_000;
export const WORK_MS = 90_000;

export async function openHouse() {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  return {
    /** A browser window of its own: own cookies, own storage. */
    async window(options = {}) {
      const context = await browser.newContext({ viewport: WIDE, locale: 'en-US', colorScheme: 'light', ...options });
      context.setDefaultTimeout(SOON_MS);
      const page = await context.newPage();
      page.faults = [];
      page.on('pageerror', (error) => page.faults.push(error.message));
      return page;
    },
    close: () => browser.close(),
  };
}

/** Signs in by the form, as a person does. */
export async function signIn(page, who, to = '/desk') {
  await page.goto(`${BASE}/signin?to=${encodeURIComponent(to)}`);
  await page.getByLabel('E-mail').fill(`${who}@baton.example`);
  await page.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
}

/** Reads the API with the page's own session. */
export const api = (page, path) =>
  page.evaluate(async ([address, within]) => {
    const response = await fetch(`/api/v1${address}`, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(within) });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return response.json();
  }, [path, SOON_MS]);

/** Writes by the API with the page's own session. */
export const post = (page, path, body) =>
  page.evaluate(async ([address, sent, within]) => {
    const headers = { 'content-type': 'application/json', 'x-baton-request': '1' };
    const response = await fetch(`/api/v1${address}`, { method: 'POST', headers, body: JSON.stringify(sent), signal: AbortSignal.timeout(within) });
    if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
  }, [path, body, SOON_MS]);

/** Asks again until the answer is there. */
export async function until(what, ask, withinMs = SOON_MS) {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await new Promise((done) => setTimeout(done, 300));
  }
}

/** Who waits at a client for a person. */
export const waiting = async (page, client) => (await api(page, `/work-items?client=${client}&state=waiting`)).items;

/** The new work item of the customer who has written these words and asks for a person: others may ask for one meanwhile. */
export const handoffOf = (page, client, before, words) =>
  until('the handoff', async () => {
    const news = (await waiting(page, client)).filter((one) => !before.has(one.id) && one.trigger === 'customer_asks' && one.case);
    for (const one of news) {
      const { items } = await api(page, `/clients/${client}/cases/${one.case}/timeline`);
      if (items.some((said) => said.body === words)) return one;
    }
    return undefined;
  }, WORK_MS);

/** Does something to the run on the page, with a reason; `more` fills in what else the dialog asks. */
export async function operate(page, verb, reason, more = async () => {}) {
  await page.getByRole('group', { name: 'Operate this run' }).getByRole('button', { name: verb, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: verb });
  await dialog.getByLabel('Reason').fill(reason);
  await more(dialog);
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'hidden' });
}

export async function retailClient(page) {
  const { items } = await api(page, '/clients');
  const found = items.find((client) => client.blueprint.includes('retail')) ?? items[0];
  if (!found) throw new Error('no client is deployed');
  return found;
}

/** Keeps a picture for the documents, if a folder is named. */
export async function picture(page, name) {
  if (!PICTURES) return;
  await page.evaluate(() => document.activeElement?.blur?.());
  await page.waitForTimeout(400);
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), smaller(await page.screenshot()));
}
