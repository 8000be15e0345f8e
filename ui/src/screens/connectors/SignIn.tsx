import { PasswordInput, Select, TextInput } from '@mantine/core';
import type { Auth } from '@/api/connectorTypes';
import css from './connectors.module.css';

/** How Baton is to sign in, and what with. What with stands in no file. */
export interface Way { auth: Auth; user: string; secret: string }

const KINDS = [
  { value: 'none', label: 'Not at all: nobody asks who calls' },
  { value: 'api_key', label: 'With a key' },
  { value: 'basic', label: 'With a user name and a password' },
  { value: 'bearer', label: 'With a token' },
  { value: 'oauth2_client', label: 'As itself (OAuth 2, client credentials)' },
  { value: 'oauth2_code', label: 'As somebody who signs in (OAuth 2, authorization code with PKCE)' },
];
const PLACES = ['header', 'query', 'cookie'];
/** Ways in which a name alone may be enough. */
const BARE = ['basic', 'oauth2_code'];
const SECRETS: Record<string, string> = { api_key: 'The key', basic: 'Password', bearer: 'The token' };

/** As a description suggests it. */
export const wayOf = (auth: Auth | null): Way => ({ auth: auth ?? { kind: 'none' }, user: '', secret: '' });

/** As the import takes it: Baton names the secrets after the connector. */
export const asked = ({ auth }: Way): Auth => ({ ...auth, scopes: auth.scopes?.filter(Boolean), setting: undefined, client: undefined });

/** The secret as it is kept; empty where nobody has given one. */
export function kept({ auth, user, secret }: Way): string {
  if (auth.kind === 'none') return '';
  if (!isOauth(auth) && auth.kind !== 'basic') return secret;
  if (!user.trim()) return '';
  if (secret || auth.kind === 'basic') return `${user.trim()}:${secret}`;
  // An authorization server may know Baton without a secret where PKCE proves the rest.
  return auth.kind === 'oauth2_code' ? user.trim() : '';
}

/** The name under which it is kept. */
export const keptAs = (auth: Auth | null): string => (auth && isOauth(auth) ? auth.client : auth?.setting) ?? '';

export const isOauth = (auth: Auth) => auth.kind === 'oauth2_client' || auth.kind === 'oauth2_code';

/** How Baton signs in at the system; nothing is suggested where there is no description. */
export function SignIn({ way, suggested, onChange }: { way: Way; suggested: Auth | null | undefined; onChange: (next: Way) => void }) {
  const { auth } = way;
  const set = (part: Partial<Auth>) => onChange({ ...way, auth: { ...auth, ...part } });
  const pick = (kind: string) => onChange({ ...way, auth: kind === suggested?.kind ? suggested : kind === 'api_key' ? { kind, in: 'header' } : { kind } });
  return (
    <div className={css.form}>
      <Select label="How Baton signs in" description={suggested === undefined ? undefined : suggested ? 'As the description says, or otherwise' : 'The description does not say'} data={KINDS} value={auth.kind} allowDeselect={false} onChange={(kind) => kind && pick(kind)} />
      {auth.kind === 'api_key' && <Key auth={auth} onSet={set} />}
      {isOauth(auth) && <Server auth={auth} onSet={set} />}
      {(auth.kind === 'basic' || isOauth(auth)) && (
        <TextInput label={isOauth(auth) ? 'Client id' : 'User name'} autoComplete="off" value={way.user} onChange={(event) => onChange({ ...way, user: event.currentTarget.value })} />
      )}
      {auth.kind !== 'none' && (
        <PasswordInput label={SECRETS[auth.kind] ?? 'Client secret'} description={`Goes into the vault, into no file, and is shown to nobody again. ${BARE.includes(auth.kind) ? 'There may be none' : 'Left empty, somebody sets it later'}`} autoComplete="new-password" value={way.secret} onChange={(event) => onChange({ ...way, secret: event.currentTarget.value })} />
      )}
      {auth.kind === 'oauth2_code' && (
        <p className={css.faint}>Register {`${window.location.origin}/connectors/callback`} there. Once the connector is live, sign in on its page.</p>
      )}
    </div>
  );
}

function Key({ auth, onSet }: { auth: Auth; onSet: (part: Partial<Auth>) => void }) {
  return (
    <>
      <Select label="Where the key goes" data={PLACES} value={auth.in ?? 'header'} allowDeselect={false} onChange={(place) => place && onSet({ in: place })} />
      <TextInput label="What it is called there" placeholder="X-Api-Key" value={auth.name ?? ''} onChange={(event) => onSet({ name: event.currentTarget.value })} />
      <TextInput label="Text before it" value={auth.prefix ?? ''} onChange={(event) => onSet({ prefix: event.currentTarget.value || undefined })} />
    </>
  );
}

function Server({ auth, onSet }: { auth: Auth; onSet: (part: Partial<Auth>) => void }) {
  return (
    <>
      {auth.kind === 'oauth2_code' && <TextInput label="Where people sign in" placeholder="https://login.example/authorize" value={auth.authorize_url ?? ''} onChange={(event) => onSet({ authorize_url: event.currentTarget.value })} />}
      <TextInput label="Where tokens are given out" placeholder="https://login.example/token" value={auth.token_url ?? ''} onChange={(event) => onSet({ token_url: event.currentTarget.value })} />
      <TextInput label="Scopes" description="Separated by spaces" value={(auth.scopes ?? []).join(' ')} onChange={(event) => onSet({ scopes: event.currentTarget.value ? event.currentTarget.value.split(' ') : undefined })} />
    </>
  );
}
