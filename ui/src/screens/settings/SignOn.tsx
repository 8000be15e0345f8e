import { Button, Checkbox, PasswordInput, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import type { IdentityProvider, SingleSignOn } from '@/api/types';
import { tellDone, tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import { Show } from '@/parts/States';
import { GroupRoles } from './GroupRoles';
import { OwnSessions } from './OwnSessions';
import { Passkeys } from './Passkeys';
import { Provisioning } from './Provisioning';
import { PublicAddress } from './PublicAddress';
import { SecondFactor } from './SecondFactor';
import css from './settings.module.css';

/** One's own passkeys, second factor and sessions; and sign-in by the house's identity provider, and what its groups give. */
export function SignOn() {
  const read = useQuery({ ...q.singleSignOn, retry: false });
  return (
    <div className={css.grid}>
      <Passkeys />
      <SecondFactor />
      <OwnSessions />
      <PublicAddress />
      <Panel title="Single sign-on">
        <Show of={read} rows={4}>{(found) => <ProviderForm key={JSON.stringify(found)} found={found} />}</Show>
      </Panel>
      {read.isSuccess && <GroupRoles />}
      {read.isSuccess && <Provisioning />}
    </div>
  );
}

const EMPTY: IdentityProvider = {
  issuer: '', client_id: '', title: '', origin: '', scopes: [], groups_claim: '', domains: [], also: [],
  create: false, only: false, asks_second_factor: false, trust_email: false, inside: false,
};

function ProviderForm({ found }: { found: SingleSignOn }) {
  const queries = useQueryClient();
  const [form, setForm] = useState<IdentityProvider>(found.provider ?? { ...EMPTY, origin: window.location.origin });
  const [secret, setSecret] = useState('');
  const done = () => void queries.invalidateQueries({ queryKey: ['sso'] });
  const save = useMutation({
    mutationFn: () => http.put('/sso', { provider: form, ...(secret && { secret }) }),
    onSuccess: () => { tellDone('The provider answers; single sign-on is set up'); done(); },
    onError: tellFailure,
  });
  const end = useMutation({
    mutationFn: () => http.delete('/sso'),
    onSuccess: () => { tellDone('Single sign-on is off'); done(); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const text = (name: 'issuer' | 'client_id' | 'title' | 'origin' | 'groups_claim', label: string, description: string, required = false) => (
    <TextInput label={label} description={description} required={required} value={form[name]} onChange={(event) => setForm({ ...form, [name]: event.currentTarget.value })} />
  );
  const list = (name: 'domains' | 'also' | 'scopes', label: string, description: string) => (
    <TagsInput label={label} description={description} value={form[name]} onChange={(value) => setForm({ ...form, [name]: value })} />
  );
  const box = (name: 'create' | 'only' | 'asks_second_factor' | 'trust_email' | 'inside', label: string, description: string) => (
    <Checkbox className={css.wide} label={label} description={description} checked={form[name]} onChange={(event) => setForm({ ...form, [name]: event.currentTarget.checked })} />
  );
  return (
    <form className={css.form} onSubmit={submit} aria-label="Single sign-on">
      {text('issuer', 'Issuer', 'As the provider writes it, such as https://login.example.org', true)}
      {text('client_id', 'Client id', 'Baton at the provider', true)}
      <PasswordInput label="Client secret" description={found.has_secret ? 'Kept in the vault; fill in to change it' : 'Goes into the vault; empty without one'} autoComplete="off" value={secret} onChange={(event) => setSecret(event.currentTarget.value)} />
      {text('title', 'Name', 'What people call it; on the sign-in screen')}
      {text('origin', 'Address of Baton', 'Where browsers reach it', true)}
      {text('groups_claim', 'Claim with groups', 'A name, or a path such as /realm_access/roles; empty: no roles from it')}
      {list('domains', 'Domains', 'Only e-mail addresses of these come in; any if empty')}
      {list('also', 'Other addresses of the provider', 'Where it gives out tokens or keys elsewhere than at the issuer')}
      {list('scopes', 'Scopes', 'Besides openid; email and profile if empty')}
      {box('create', 'Make members of people whose groups give them a role', 'Otherwise only members come in')}
      {box('asks_second_factor', 'The provider asks for a second factor', 'Baton does not ask for its own then')}
      {box('trust_email', 'Every e-mail address of the provider is verified', 'Only for a provider that your organisation runs itself')}
      {box('inside', 'The provider lies inside', 'It may have a private address, and no TLS')}
      {box('only', 'Switch passwords and passkeys off', 'Administrators of the installation who have a second factor keep theirs; so does "baton sso only off" on the server')}
      <p className={`${css.faint} ${css.wide}`}>Register this address at the provider: <code>{`${form.origin.replace(/\/$/, '')}/sso/callback`}</code></p>
      <div className={css.wide} style={{ display: 'flex', gap: 8 }}>
        <Button type="submit" loading={save.isPending}>Check and save</Button>
        {found.provider && <Button variant="default" loading={end.isPending} onClick={() => end.mutate()}>End single sign-on</Button>}
      </div>
    </form>
  );
}
