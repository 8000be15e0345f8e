import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { http, Problem } from '@/api/http';
import * as q from '@/api/queries';
import type { Session } from '@/api/types';
import { canPasskey, signWithPasskey, type Request } from '@/lib/passkey';
import { Mark } from '@/shell/Mark';
import css from './signin.module.css';

export function SignIn() {
  useEffect(() => {
    document.title = 'Sign in · Baton';
  }, []);
  return (
    <main className={css.page}>
      <div className={css.side}>
        <div className={css.brand}><Mark size={26} /> Baton</div>
        <div>
          <p className={css.claim}>AI and people, working the same cases.</p>
          <p className={css.note}>Every step taken by someone, allowed by a policy, and written down.</p>
        </div>
        <p className={css.small}>Customer operations, self-hosted.</p>
      </div>
      <div className={css.form}><Form /></div>
    </main>
  );
}

/** Only paths of this console: an address given from outside must not lead elsewhere. */
const safe = (to: string | undefined) => (to && /^\/(?![/\\])/.test(to) ? to : '/desk');

function Form() {
  const { code } = useSearch({ strict: false }) as { code?: string };
  const ways = useQuery({ ...q.ways, retry: false });
  const passkey = Boolean(ways.data?.passkey) && canPasskey();
  if (code) return <CodeForm passkey={passkey} />;
  // Until it is known that passwords are off, they are offered: a server that is slow must not hide the form.
  return ways.data && !ways.data.password ? <OnlyProvider title={ways.data.sso ?? 'single sign-on'} passkey={passkey} /> : <PasswordForm provider={ways.data?.sso ?? null} passkey={passkey} />;
}

function useEntered() {
  const search = useSearch({ strict: false }) as { to?: string };
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (session: Session) => {
    queries.clear();
    queries.setQueryData(['session'], session);
    void navigate({ href: safe(search.to) });
  };
}

/** Away to the identity provider; it leads back to where one wanted to go. */
function ProviderButton({ title, autoFocus }: { title: string; autoFocus?: boolean }) {
  const search = useSearch({ strict: false }) as { to?: string };
  const leave = useMutation({
    mutationFn: () => http.post<{ url: string }>('/session/sso', { to: safe(search.to) }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <>
      <Button variant="default" size="md" fullWidth autoFocus={autoFocus} loading={leave.isPending || leave.isSuccess} onClick={() => leave.mutate()}>Sign in with {title}</Button>
      <div aria-live="assertive">{leave.error && <p className={css.error}>{leave.error.message}</p>}</div>
    </>
  );
}

/** Has a passkey answer the server: by itself, or as second factor. */
async function answer(second: boolean) {
  return signWithPasskey(await http.post<Request>('/session/passkey/challenge', { second }));
}

/** In by a passkey alone: the device knows who it is. */
function PasskeyButton() {
  const entered = useEntered();
  const enter = useMutation({ mutationFn: async () => http.post<Session>('/session/passkey', { credential: await answer(false) }), onSuccess: entered });
  return (
    <>
      <Button variant="default" size="md" fullWidth loading={enter.isPending} onClick={() => enter.mutate()}>Sign in with a passkey</Button>
      <div aria-live="assertive">{enter.error && <p className={css.error}>{says(enter.error)}</p>}</div>
    </>
  );
}

function OnlyProvider({ title, passkey }: { title: string; passkey: boolean }) {
  const [password, setPassword] = useState(false);
  if (password) return <PasswordForm provider={title} passkey={passkey} />;
  return (
    <section className={css.box} aria-labelledby="signin-title">
      <h1 id="signin-title">Sign in</h1>
      <ProviderButton title={title} autoFocus />
      <Button variant="subtle" size="xs" onClick={() => setPassword(true)}>Administrator’s way back in</Button>
    </section>
  );
}

function CodeForm({ passkey }: { passkey: boolean }) {
  const entered = useEntered();
  const [code, setCode] = useState('');
  const enter = useMutation({
    mutationFn: async (by: 'code' | 'passkey') => http.post<Session>('/session/sso/code', by === 'code' ? { code: code.trim() } : { passkey: await answer(true) }),
    onSuccess: entered,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    enter.mutate('code');
  };
  return (
    <form className={css.box} onSubmit={submit} aria-labelledby="signin-title">
      <h1 id="signin-title">One more step</h1>
      <TextInput label="Code" description="From your authenticator app, or one of the codes on paper" autoComplete="one-time-code" required autoFocus size="md" value={code} onChange={(event) => setCode(event.currentTarget.value)} />
      <div aria-live="assertive">{enter.error && <p className={css.error}>{says(enter.error)}</p>}</div>
      <Button type="submit" size="md" loading={enter.isPending} fullWidth>Sign in</Button>
      {passkey && <Button variant="default" size="md" disabled={enter.isPending} fullWidth onClick={() => enter.mutate('passkey')}>Use a passkey</Button>}
    </form>
  );
}

/** Whether the server asks for a second factor, and takes this for one. */
const asksFor = (error: unknown, what: string) => error instanceof Problem && error.detail.includes('second factor') && error.detail.includes(what);

function PasswordForm({ provider, passkey }: { provider: string | null; passkey: boolean }) {
  const entered = useEntered();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const enter = useMutation({
    mutationFn: async (by: 'code' | 'passkey') => {
      const second = by === 'passkey' ? { passkey: await answer(true) } : code.trim() ? { code: code.trim() } : {};
      return http.post<Session>('/session', { email: email.trim(), password, ...second });
    },
    onSuccess: entered,
  });
  const [asked, setAsked] = useState(false);
  const wantsCode = code !== '' || asksFor(enter.error, 'code');
  const wantsPasskey = passkey && (asked || asksFor(enter.error, 'passkey'));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    enter.mutate('code');
  };
  return (
    <form className={css.box} onSubmit={submit} aria-labelledby="signin-title">
      <h1 id="signin-title">Sign in</h1>
      <TextInput label="E-mail" type="email" autoComplete="username" required autoFocus size="md" value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
      <PasswordInput label="Password" autoComplete="current-password" required size="md" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      {wantsCode && <TextInput label="Code" description="From your authenticator app, or one of the codes on paper" autoComplete="one-time-code" required size="md" value={code} onChange={(event) => setCode(event.currentTarget.value)} />}
      <div aria-live="assertive">{enter.error && <p className={css.error}>{says(enter.error)}</p>}</div>
      {wantsPasskey && <Button size="md" disabled={enter.isPending} fullWidth onClick={() => { setAsked(true); enter.mutate('passkey'); }}>Use your passkey as second factor</Button>}
      <Button type="submit" size="md" variant={wantsPasskey ? 'default' : 'filled'} loading={enter.isPending} fullWidth>Sign in</Button>
      {passkey && !wantsPasskey && <PasskeyButton />}
      {provider && <ProviderButton title={provider} />}
    </form>
  );
}

function says(error: Error): string {
  if (error instanceof Problem && (error.status === 401 || error.status === 403)) return error.detail || 'E-mail or password is not right.';
  return error.message;
}
