// The chat on a site of the client's own: one tag, small, and nothing of the page around it is needed or changed.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { api, BASE, openHouse, retailClient, signIn, until, WORK_MS } from './house.mjs';

const SCRIPT_GZIP_BYTES_MAX = 30_000;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

test('the chat opens on another site by one small tag and answers there', { timeout: 180_000 }, async () => {
  const script = await fetch(`${BASE}/chat/embed.js`);
  assert.equal(script.status, 200);
  const packed = gzipSync(Buffer.from(await script.arrayBuffer())).length;
  assert.ok(packed < SCRIPT_GZIP_BYTES_MAX, `${packed} bytes`);

  const desk = await house.window();
  await signIn(desk, 'agent');
  const client = await retailClient(desk);
  const html = `<!doctype html><html lang="en"><title>Lamps</title><h1>Lamps</h1><script src="${BASE}/chat/embed.js" data-client="${client.id}" data-title="Ask us" data-name="Odile Traverse"></script></html>`;
  const site = createServer((_, answer) => { answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html); });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  try {
    const page = await house.window();
    await page.goto(`http://127.0.0.1:${site.address().port}/`);
    await page.getByRole('button', { name: 'Open the chat' }).press('Enter');
    await page.getByText('An AI assistant answers first').waitFor();
    const greeted = await page.locator('.msg.agent').count();
    await page.keyboard.type('How long does a refund take to a credit card?');
    await page.keyboard.press('Enter');
    await until('the AI answers', async () => (await page.locator('.msg.agent').count()) > greeted, WORK_MS);
    await page.getByText('business days').first().waitFor();
    assert.deepEqual(await page.evaluate(() => ['React', 'Vue', 'angular', 'jQuery'].filter((name) => name in window)), []);
    assert.equal(await page.evaluate(() => document.querySelectorAll('style, link').length), 0, 'its styles stay inside');

    const { items } = await api(desk, `/cases?client=${client.id}&q=Odile`);
    assert.deepEqual(items.map((one) => one.customer.name), ['Odile Traverse'], 'the desk sees who writes');

    await page.reload();
    await page.getByRole('button', { name: 'Open the chat' }).press('Enter');
    await page.getByText('business days').first().waitFor();
    assert.deepEqual(page.faults, []);
  } finally {
    site.close();
    site.closeAllConnections();
  }
});
