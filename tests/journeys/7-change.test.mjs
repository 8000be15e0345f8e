// An AI lead writes a test of a policy that is not there yet, edits the policy, hears what is wrong with it, and proposes both;
// somebody else approves and publishes them; the policy holds; it is taken back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, openHouse, picture, retailClient, signIn, until } from './house.mjs';

const FILE = 'policies/retail.cedar';
const TESTS = 'policies/retail.test.yaml';
const ID = 'no-exchanges-by-the-trainee';
const POLICY = `
@id("${ID}")
@reason("the trainee exchanges nothing yet")
forbid (principal == Agent::"trainee", action == Action::"exchange_delivered_order_items", resource);
`;

const TEST = `
  - name: the trainee exchanges nothing
    principal: agent:trainee
    action: exchange_delivered_order_items
    args: *swap
    derived: *good
    facts: *delivered
    expect: refuse
    by: [${ID}]
`;

let house;
before(async () => { house = await openHouse(); });
after(() => house.close());

/** Opens a file of the blueprint and writes at its end. */
async function append(page, file, text) {
  await page.getByRole('navigation', { name: 'Files' }).getByRole('button', { name: file }).click();
  const editor = page.getByRole('textbox', { name: `Text of ${file}` });
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText(text);
}

test('a policy is edited, checked, proposed, approved by another, published and taken back', { timeout: 420_000 }, async () => {
  const lead = await house.window();
  await signIn(lead, 'ai-lead', '/rules');
  const client = await retailClient(lead);
  const policies = async () => (await api(lead, `/clients/${client.id}/policies`)).items.map((one) => one.id);
  await lead.goto(`${new URL(lead.url()).origin}/blueprint?client=${client.id}&file=${FILE}`);

  await append(lead, FILE, '\nforbid (principal');
  await lead.getByRole('button', { name: 'Check', exact: true }).click();
  await lead.getByRole('region', { name: 'It does not load' }).getByText(FILE).first().waitFor();
  await lead.getByRole('button', { name: 'As it is live' }).click();

  // The test first: without the policy it fails.
  const said = lead.getByRole('region', { name: 'What was checked' });
  await append(lead, TESTS, TEST);
  await lead.getByRole('button', { name: 'Check', exact: true }).click();
  await said.getByText(/policy tests: \d+ tests, 1 failed/).waitFor({ timeout: 120_000 });

  await append(lead, FILE, POLICY);
  await lead.getByRole('button', { name: 'Check', exact: true }).click();
  await said.getByText(/policy tests: \d+ tests, 0 failed/).waitFor({ timeout: 120_000 });
  await picture(lead, 'blueprint');

  await lead.getByRole('button', { name: 'Propose…' }).click();
  const dialog = lead.getByRole('dialog');
  await dialog.getByLabel('Title').fill('The trainee exchanges nothing');
  await dialog.getByLabel('Reason').fill('Exchanges are learned in week three');
  await dialog.getByRole('button', { name: 'Propose', exact: true }).click();
  await lead.waitForURL(/\/changes\?.*proposal=/, { timeout: 120_000 });
  await lead.getByText(`+@id("${ID}")`).waitFor();
  assert.ok(!(await policies()).includes(ID), 'a proposal changes nothing');

  // Nobody approves what is their own.
  await lead.getByRole('button', { name: 'Approve' }).click();
  await lead.getByText(/whoever made a proposal cannot approve it/).waitFor();

  const admin = await house.window();
  await signIn(admin, 'admin', '/changes');
  await admin.goto(lead.url());
  await admin.getByLabel('Reason', { exact: true }).fill('Read and agreed');
  await admin.getByRole('button', { name: 'Approve' }).click();
  await admin.getByRole('button', { name: 'Publish' }).click();
  await until('it holds', async () => (await policies()).includes(ID));
  await picture(admin, 'change');
  await lead.goto(`${new URL(lead.url()).origin}/rules?client=${client.id}`);
  await lead.getByText(ID).first().waitFor();
  // Proven or, where this machine has no solver, said not to be: each property is there.
  await lead.getByRole('region', { name: 'Properties' }).getByText('nobody-crosses-clients').waitFor({ timeout: 60_000 });

  await admin.getByLabel('Reason', { exact: true }).fill('The trainee has left');
  await admin.getByRole('button', { name: 'Take back' }).click();
  await until('it no longer holds', async () => !(await policies()).includes(ID));
  await lead.goto(`${new URL(lead.url()).origin}/rules?client=${client.id}`);
  await lead.getByText('customer-confirms').first().waitFor();
  assert.equal(await lead.getByText(ID).count(), 0, 'nobody reads it any more');

  // Whether changes need proofs is for administrators to say, and for all to see.
  const proofs = (page) => page.getByRole('switch', { name: 'Changes need proofs' });
  const needed = async () => (await api(lead, `/clients/${client.id}/proposals`)).needs.proofs;
  await lead.goto(`${new URL(lead.url()).origin}/changes?client=${client.id}`);
  await lead.getByText('An administrator of this client sets it').waitFor();
  assert.ok(await proofs(lead).isDisabled());
  assert.equal(await needed(), false);
  for (const [on, words] of [[true, 'Where there is no solver, none does'], [false, 'could not be proven is a warning']]) {
    await proofs(admin).focus();
    await admin.keyboard.press('Space');
    await admin.getByText(words).waitFor();
    assert.equal(await needed(), on);
  }
  assert.deepEqual([...lead.faults, ...admin.faults], []);
});
