import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { http, Problem } from '@/api/http';
import * as q from '@/api/queries';
import type { Session } from '@/api/types';
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
  if (code) return <CodeForm />;
  // Until it is known that passwords are off, they are offered: a server that is slow must not hide the form.
  return ways.data && !ways.data.password ? <OnlyProvider title={ways.data.sso ?? 'single sign-on'} /> : <PasswordForm provider={ways.data?.sso ?? null} />;
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

function OnlyProvider({ title }: { title: string }) {
  const [password, setPassword] = useState(false);
  if (password) return <PasswordForm provider={title} />;
  return (
    <section className={css.box} aria-labelledby="signin-title">
      <h1 id="signin-title">Sign in</h1>
      <ProviderButton title={title} autoFocus />
      <Button variant="subtle" size="xs" onClick={() => setPassword(true)}>Administrator’s way back in</Button>
    </section>
  );
}

function CodeForm() {
  const entered = useEntered();
  const [code, setCode] = useState('');
  const enter = useMutation({ mutationFn: () => http.post<Session>('/session/sso/code', { code: code.trim() }), onSuccess: entered });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <form className={css.box} onSubmit={submit} aria-labelledby="signin-title">
      <h1 id="signin-title">One more step</h1>
      <TextInput label="Code" description="From your authenticator app, or one of the codes on paper" autoComplete="one-time-code" required autoFocus size="md" value={code} onChange={(event) => setCode(event.currentTarget.value)} />
      <div aria-live="assertive">{enter.error && <p className={css.error}>{says(enter.error)}</p>}</div>
      <Button type="submit" size="md" loading={enter.isPending} fullWidth>Sign in</Button>
    </form>
  );
}

function PasswordForm({ provider }: { provider: string | null }) {
  const entered = useEntered();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const enter = useMutation({
    mutationFn: () => http.post<Session>('/session', { email: email.trim(), password, ...(code.trim() && { code: code.trim() }) }),
    onSuccess: entered,
  });
  const wantsCode = code !== '' || (enter.error instanceof Problem && enter.error.detail.includes('second factor'));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <form className={css.box} onSubmit={submit} aria-labelledby="signin-title">
      <h1 id="signin-title">Sign in</h1>
      <TextInput label="E-mail" type="email" autoComplete="username" required autoFocus size="md" value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
      <PasswordInput label="Password" autoComplete="current-password" required size="md" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      {wantsCode && <TextInput label="Code" description="From your authenticator app, or one of the codes on paper" autoComplete="one-time-code" required size="md" value={code} onChange={(event) => setCode(event.currentTarget.value)} />}
      <div aria-live="assertive">{enter.error && <p className={css.error}>{says(enter.error)}</p>}</div>
      <Button type="submit" size="md" loading={enter.isPending} fullWidth>Sign in</Button>
      {provider && <ProviderButton title={provider} />}
    </form>
  );
}

function says(error: Error): string {
  if (error instanceof Problem && (error.status === 401 || error.status === 403)) return error.detail || 'E-mail or password is not right.';
  return error.message;
}
