import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { http, Problem } from '@/api/http';
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
  const search = useSearch({ strict: false }) as { to?: string };
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const enter = useMutation({
    mutationFn: () => http.post<Session>('/session', { email: email.trim(), password, ...(code.trim() && { code: code.trim() }) }),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(['session'], session);
      void navigate({ href: safe(search.to) });
    },
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
    </form>
  );
}

function says(error: Error): string {
  if (error instanceof Problem && (error.status === 401 || error.status === 403)) return error.detail || 'E-mail or password is not right.';
  return error.message;
}
