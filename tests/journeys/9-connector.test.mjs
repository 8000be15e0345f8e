// An MCP server's tools, and statements on a database, become a connector's files. And: an integrator brings a system's description in, picks an operation, says how Baton signs in and with what, puts it into the
// blueprint with a policy and a process; another approves it; the process calls the system, and so does the integrator.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { api, openHouse, picture, retailClient, signIn, until, WORK_MS } from './house.mjs';

const KEY = 'carrier-key-7f3a';
const POLICY = `
@id("anyone-reads-quotes")
permit (principal, action == Action::"read_quote", resource);
`;
const PROCESS = `document:
  dsl: 1.0.3
  namespace: retail-support
  name: watch-quotes
  version: 1.0.0
  title: Look at the price of a parcel
schedule:
  every: { seconds: 2 }
timeout: { after: { minutes: 5 } }
do:
  - quote:
      try:
        - read:
            call: action
            with: { action: read_quote, args: { zip: "8001" } }
      catch:
        as: error
        do:
          - none:
              set: { price: '\${ $error.detail }' }
`;

let house;
let carrier;
let asked = 0;

/** A carrier's system: one operation for those who have its key, and its description. */
function openCarrier() {
  const server = createServer((request, response) => {
    if (request.headers['x-carrier-key'] !== KEY) {
      response.writeHead(401).end();
      return;
    }
    asked += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ zip: new URL(request.url, 'http://x').searchParams.get('zip'), price: 790 }));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

/** An MCP server with two tools, for those who have its token. */
function openWiki() {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      if (request.headers.authorization !== 'Bearer wiki-token') return response.writeHead(401).end();
      const message = JSON.parse(body || '{}');
      if (message.id === undefined) return response.writeHead(202).end();
      const tools = [
        { name: 'find', description: 'Finds pages', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
        { name: 'erase', description: 'Erases a page', inputSchema: { type: 'object' } },
      ];
      const results = { initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'wiki', version: '1' } }, 'tools/list': { tools } };
      const result = results[message.method];
      const said = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...said }));
    });
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

const description = (port) => JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Carrier', version: '1' },
  servers: [{ url: `http://127.0.0.1:${port}` }],
  security: [{ key: [] }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'x-carrier-key' } } },
  paths: { '/quotes': { get: {
    operationId: 'getQuote',
    summary: 'What a parcel costs',
    parameters: [{ name: 'zip', in: 'query', required: true, schema: { type: 'string' } }],
    responses: { 200: { description: 'ok', content: { 'application/json': { schema: { type: 'object', properties: { price: { type: 'integer' } } } } } } },
  } } },
});

before(async () => { [house, carrier] = [await openHouse(), await openCarrier()]; });
after(async () => { await house.close(); carrier.closeAllConnections(); carrier.close(); });

async function write(page, file, text) {
  const editor = page.getByRole('textbox', { name: `Text of ${file}` });
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(text);
}

test('a description becomes a connector, and a process uses it', { timeout: 240_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'integrator', '/connectors');
  const client = await retailClient(page);
  const origin = new URL(page.url()).origin;
  await page.goto(`${origin}/connectors/import?client=${client.id}`);
  await page.getByLabel('Or its text').fill(description(carrier.address().port));
  await page.getByLabel('Name', { exact: true }).fill('carrier');
  await page.getByRole('button', { name: 'Read it' }).click();
  await page.getByText('2. Operations: 1 found, 0 refused').waitFor();
  await page.getByRole('checkbox', { name: /^Pick:/ }).check();
  await page.getByLabel('Title of getQuote').fill('What it costs to send a parcel');
  await page.getByLabel('Name of getQuote').fill('read_quote');
  // Two places of amounts are written as they are read.
  const amounts = page.getByRole('textbox', { name: /^Places of amounts of/ });
  await amounts.fill('');
  await amounts.pressSequentially('/price, /tax');
  assert.equal(await amounts.inputValue(), '/price, /tax');
  await amounts.fill('');
  // The description says how; what with stands in no file.
  const signing = page.getByRole('region', { name: '3. Where it is, and signing in' });
  assert.equal(await signing.getByLabel('Address of the system').inputValue(), `http://127.0.0.1:${carrier.address().port}`);
  assert.equal(await signing.getByLabel('How Baton signs in').inputValue(), 'With a key');
  assert.equal(await signing.getByLabel('What it is called there').inputValue(), 'x-carrier-key');
  await signing.getByLabel('The key', { exact: true }).fill(KEY);
  await picture(page, 'connector-signing-in');
  await page.getByRole('button', { name: 'Make the files' }).click();
  const files = page.getByRole('region', { name: /^4\. Files/ });
  await files.getByText('carrier.key').first().waitFor();
  await files.getByText('What it costs to send a parcel').first().waitFor();
  assert.ok(!(await files.textContent()).includes(KEY), 'the key stands in no file');
  await page.getByRole('button', { name: 'Put them into the blueprint' }).click();
  await page.waitForURL(/\/blueprint\?.*carrier\.yaml/);

  await page.getByRole('button', { name: 'New file…' }).click();
  await page.getByLabel('Path').fill('processes/watch-quotes.yaml');
  await page.keyboard.press('Enter');
  await write(page, 'processes/watch-quotes.yaml', PROCESS);
  await page.getByRole('navigation', { name: 'Files' }).getByRole('button', { name: /policies\/retail\.cedar/ }).click();
  await write(page, 'policies/retail.cedar', POLICY);
  // What is not proposed yet outlives a look at another screen.
  await page.goto(`${origin}/connectors`);
  await page.goto(`${origin}/blueprint?client=${client.id}`);
  await page.getByRole('navigation', { name: 'Files' }).getByText('New', { exact: true }).nth(2).waitFor();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByRole('region', { name: 'What was checked' }).waitFor({ timeout: WORK_MS });
  await picture(page, 'connector-import');
  await page.getByRole('button', { name: 'Propose…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill('Prices of parcels');
  await dialog.getByLabel('Reason').fill('Customers ask what a return costs');
  await dialog.getByRole('button', { name: 'Propose', exact: true }).click();
  await page.waitForURL(/\/changes\?.*proposal=/, { timeout: WORK_MS });
  assert.equal(asked, 0, 'a proposal calls nothing');

  const lead = await house.window();
  await signIn(lead, 'ai-lead', '/changes');
  await lead.goto(page.url());
  await lead.getByLabel('Reason', { exact: true }).fill('Read and agreed');
  await lead.getByRole('button', { name: 'Approve' }).click();
  await lead.getByRole('button', { name: 'Publish' }).click();
  await until('the process has called the carrier', async () => asked > 0, WORK_MS);
  const runs = () => api(lead, `/runs?client=${client.id}&process=watch-quotes&status=completed&limit=1`);
  const [run] = await until('a run has ended', async () => { const { items } = await runs(); return items.length > 0 && items; });
  const change = lead.url();
  await lead.goto(`${origin}/runs/${client.id}/${run.id}?tab=effects`);
  await lead.getByText('read_quote').or(lead.getByText('Read quote')).first().waitFor();
  await lead.goto(change);
  await page.goto(`${origin}/connectors/${client.id}/carrier`);
  await page.getByText(/read_quote|Read quote|What a parcel costs/).first().waitFor();
  const tries = page.getByRole('region', { name: 'Try it' });
  await tries.getByLabel('Arguments').fill('{ "zip": "3000" }');
  await tries.getByRole('button', { name: 'Try it' }).click();
  await tries.getByText('It answered:').waitFor();
  await tries.getByText('790').waitFor();
  await picture(page, 'connector-tried');
  // A call about a customer has none here: the door says so.
  await page.goto(`${origin}/connectors/${client.id}/shop`);
  await tries.getByLabel('Action').click();
  await page.getByRole('option', { name: 'Look at an order' }).click();
  await tries.getByLabel('Arguments').fill('{ "order_id": "#W0000000" }');
  await tries.getByRole('button', { name: 'Try it' }).click();
  await tries.getByText(/The door refused:/).waitFor();

  await lead.getByLabel('Reason', { exact: true }).fill('The journey is over');
  await lead.getByRole('button', { name: 'Take back' }).click();
  await until('its actions are gone', async () => !(await api(page, `/clients/${client.id}/connectors`)).items.some((one) => one.name === 'carrier'));
  assert.deepEqual([...page.faults, ...lead.faults], []);
});

test('the tools of an MCP server become a connector', { timeout: 120_000 }, async () => {
  const wiki = await openWiki();
  try {
    const page = await house.window();
    await signIn(page, 'admin', '/connectors');
    const client = await retailClient(page);
    await page.goto(`${new URL(page.url()).origin}/connectors/import?client=${client.id}`);
    await page.getByRole('combobox', { name: 'From', exact: true }).click();
    await page.getByRole('option', { name: 'An MCP server' }).click();
    await page.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${wiki.address().port}/mcp`);
    await page.getByLabel('Name', { exact: true }).fill('wiki');
    await page.getByLabel('Token', { exact: true }).fill('wiki-token');
    await page.getByRole('checkbox', { name: /^It lies inside/ }).check();
    await page.getByRole('button', { name: 'List its tools' }).click();
    await page.getByText('2. Tools: 2 found, 0 refused').waitFor();
    await page.getByRole('checkbox', { name: 'Pick: wiki_erase' }).check();
    await page.getByLabel('What undoes erase').fill('wiki_restore');
    await page.getByRole('button', { name: 'Make the files' }).click();
    const files = page.getByRole('region', { name: /^3\. Files/ });
    await files.getByText('tool: erase').first().waitFor();
    const text = await files.textContent();
    assert.ok(text.includes('compensate: wiki_restore') && text.includes('wiki.token') && !text.includes('wiki-token'), text);
    await picture(page, 'connector-tools');
    assert.deepEqual(page.faults, []);
  } finally {
    wiki.closeAllConnections();
    wiki.close();
  }
});

test('statements on a database become a connector, which reads unless somebody says otherwise', { timeout: 120_000 }, async () => {
  const page = await house.window();
  await signIn(page, 'admin', '/connectors');
  const client = await retailClient(page);
  await page.goto(`${new URL(page.url()).origin}/connectors/import?client=${client.id}`);
  await page.getByRole('combobox', { name: 'From', exact: true }).click();
  await page.getByRole('option', { name: 'An SQL database' }).click();
  await page.waitForURL(/from=database/);
  // The form is another, and whoever chose it has not lost their place.
  await page.waitForFunction(() => document.activeElement?.value === 'An SQL database');
  await page.getByLabel('Name', { exact: true }).fill('warehouse');
  await page.getByRole('combobox', { name: 'Kind', exact: true }).click();
  await page.getByRole('option', { name: 'SQLite' }).click();
  await page.getByLabel('Address', { exact: true }).fill('sqlite:/nowhere/s3cret.db');
  await page.getByRole('checkbox', { name: /^It lies inside/ }).check();
  // A database that is not there says so, and the statements can be written all the same.
  await page.getByRole('button', { name: 'Read its tables' }).click();
  await page.getByText('the file cannot be opened').waitFor();
  const first = page.getByRole('group', { name: 'Statement 1' });
  await first.getByLabel('Its name').fill('find_stock');
  await first.getByLabel('Statement', { exact: true }).fill("select free, ':no' from stock where sku = :sku");
  await first.getByRole('combobox', { name: 'Type of sku' }).waitFor();
  assert.equal(await first.getByRole('combobox', { name: /^Type of/ }).count(), 1, 'what stands in a text is no argument');
  await first.getByRole('checkbox', { name: /^The answer is one row/ }).check();
  await page.getByRole('button', { name: 'Add: statement' }).focus();
  await page.keyboard.press('Enter');
  const second = page.getByRole('group', { name: 'Statement 2' });
  await second.getByLabel('Its name').fill('wipe');
  await second.getByLabel('Statement', { exact: true }).fill('delete from stock');
  await page.getByRole('button', { name: 'Check them' }).click();
  await page.getByText('3. Statements: 2 found, 1 refused').waitFor();
  await page.getByText(/Refused wipe: .*say that it writes/).waitFor();
  await second.getByRole('button', { name: 'Take out Statement 2' }).click();
  await page.waitForFunction(() => document.activeElement?.textContent === 'Add: statement');
  await page.getByRole('button', { name: 'Check them' }).click();
  await page.getByText('3. Statements: 1 found, 0 refused').waitFor();
  await page.getByLabel('Title of find_stock').fill('Look at the stock');
  await picture(page, 'connector-database');
  await page.getByRole('button', { name: 'Make the files' }).click();
  const files = page.getByRole('region', { name: /^4\. Files/ });
  await files.getByText('Look at the stock').first().waitFor();
  const text = await files.textContent();
  assert.ok(['dialect: sqlite', 'setting: warehouse.address', 'writes: false', 'one: true'].every((part) => text.includes(part)), text);
  assert.ok(!text.includes('s3cret'), 'the address stands in no file');
  assert.deepEqual(page.faults, []);
});
