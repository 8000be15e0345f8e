// An identity provider of the tests' own: oidc-provider, on loopback, with people who sign in without a page.
//
// node provider.mjs REDIRECT_URI prints {"issuer": …}. `login_hint` in the address says who signs in. POST /control
// changes what it is: {"rotate": true} gives it other keys, {"people": {…}} other people, {"spoil": "expired"} spoils
// the ID tokens that come after, {"refuse": true} refuses everybody, {"client": {…}} changes what it knows of Baton.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import { exportJWK, generateKeyPair, importJWK, SignJWT, decodeJwt } from 'jose';
import Provider from 'oidc-provider';

const redirects = process.argv.slice(2);
let people = {
  ada: { email: 'agent@baton.example', email_verified: true, name: 'Sam Okafor', groups: ['Agents'] },
};
let client = { client_id: 'baton', client_secret: 'a-secret-of-the-tests:+%', token_endpoint_auth_method: 'client_secret_basic' };
let spoil = null;
let refuse = false;
let keys;
let handle;

async function key() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}

/** The ID token, signed anew after one thing in it is changed. */
async function spoiled(token) {
  const claims = decodeJwt(token);
  const signer = spoil === 'key' ? await key() : keys[0];
  const now = Math.floor(Date.now() / 1000);
  const changes = {
    expired: { exp: now - 3600, iat: now - 7200 },
    audience: { aud: 'another-program' },
    issuer: { iss: 'https://evil.example' },
    nonce: { nonce: 'of-another-sign-in' },
    future: { iat: now + 3600 },
  };
  const header = { alg: 'RS256', kid: keys[0].kid };
  const text = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  if (spoil === 'none') return `${text({ alg: 'none' })}.${text(claims)}.`;
  if (spoil === 'shared') {
    const start = `${text({ alg: 'HS256', kid: keys[0].kid })}.${text(claims)}`;
    return `${start}.${createHmac('sha256', keys[0].n).update(start).digest('base64url')}`;
  }
  return new SignJWT({ ...claims, ...changes[spoil] }).setProtectedHeader(header).sign(await importJWK(signer, 'RS256'));
}

function make() {
  const provider = new Provider(issuer, {
    clients: [{ redirect_uris: redirects, response_types: ['code'], grant_types: ['authorization_code'], ...client }],
    jwks: { keys },
    cookies: { keys: [createHash('sha256').update(issuer).digest('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Grant: 600, Interaction: 600, Session: 600 },
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (spoil && ctx.path === '/token' && ctx.body?.id_token) ctx.body.id_token = await spoiled(ctx.body.id_token);
  });
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return callback(request, response);
    const details = await provider.interactionDetails(request, response);
    const login = { accountId: details.params.login_hint ?? 'ada' };
    const result = refuse ? { error: 'access_denied', error_description: 'not today' } : { login };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
}

async function control(request, response) {
  let text = '';
  for await (const chunk of request) text += chunk;
  const wanted = JSON.parse(text || '{}');
  if (wanted.people) people = wanted.people;
  if ('spoil' in wanted) spoil = wanted.spoil;
  if ('refuse' in wanted) refuse = wanted.refuse;
  if (wanted.client) client = { ...client, ...wanted.client };
  if (wanted.rotate) keys = [await key()];
  if (wanted.rotate || wanted.client) handle = make();
  response.end('{}');
}

const server = http.createServer((request, response) => {
  const done = request.url === '/control' && request.method === 'POST' ? control(request, response) : handle(request, response);
  Promise.resolve(done).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    response.statusCode = 500;
    response.end();
  });
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
keys = [await key()];
handle = make();
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
// It ends with whoever started it.
process.stdin.on('end', () => process.exit(0)).resume();
