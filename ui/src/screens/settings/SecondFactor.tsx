import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import { count } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { useFocusKept } from '@/lib/useFocusKept';
import { Panel } from '@/parts/Page';
import { Failure, Show } from '@/parts/States';
import css from './settings.module.css';

const PATH = '/session/second-factor';

/** One's own second factor: codes of an authenticator app, and codes on paper for when it is lost. */
export function SecondFactor() {
  const read = useQuery({ ...q.secondFactor, retry: false });
  const [paper, setPaper] = useState<string[]>([]);
  useFocusKept(read.data ? String(read.data.on) : '');
  return (
    <Panel title="Your second factor">
      <Show of={read} rows={2}>{(so) => (so.on ? <On left={so.codes_left} onGone={() => setPaper([])} /> : <Off onDone={setPaper} />)}</Show>
      {paper.length > 0 && (
        <div className={css.token} role="status">
          <strong>Keep these codes away from the app: each opens once, and they are not shown again.</strong>
          <code>{paper.join(' ')}</code>
        </div>
      )}
    </Panel>
  );
}

function Off({ onDone }: { onDone: (paper: string[]) => void }) {
  const [code, setCode] = useState('');
  const queries = useQueryClient();
  const begin = useMutation({ mutationFn: () => http.post<{ secret: string; uri: string }>(PATH), onError: tellFailure });
  const confirm = useMutation({
    mutationFn: () => http.put<{ recovery_codes: string[] }>(PATH, { code }),
    onSuccess: async (made) => {
      tellDone('From now on your password opens nothing without a code');
      onDone(made.recovery_codes);
      await queries.invalidateQueries({ queryKey: q.secondFactor.queryKey });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  if (!begin.data) {
    return (
      <div className={css.form}>
        <p className={`${css.faint} ${css.wide}`}>An app on your telephone shows a new code every half minute, and signing in asks for it besides your password.</p>
        <Button variant="default" loading={begin.isPending} onClick={() => begin.mutate()}>Set up an app</Button>
      </div>
    );
  }
  return (
    <form className={css.form} onSubmit={submit} aria-label="First code">
      <div className={`${css.token} ${css.wide}`} style={{ margin: 0 }}>
        <span>Add this key to the app, as a code that changes with time; or <a href={begin.data.uri}>open it in an app on this device</a>.</span>
        <code>{begin.data.secret}</code>
      </div>
      <TextInput label="Code that the app shows" inputMode="numeric" autoComplete="one-time-code" required autoFocus value={code} onChange={(event) => setCode(event.currentTarget.value)} />
      <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ''}>Confirm</Button>
      {confirm.error && <div className={css.wide}><Failure error={confirm.error} /></div>}
    </form>
  );
}

function On({ left, onGone }: { left: number; onGone: () => void }) {
  const [code, setCode] = useState('');
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => http.delete(PATH, { code }),
    onSuccess: async () => {
      tellDone('Signing in asks for no code any more');
      onGone();
      await queries.invalidateQueries({ queryKey: q.secondFactor.queryKey });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    remove.mutate();
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label="Take the second factor away">
      <p className={`${css.faint} ${css.wide}`}>On. {count(left)} codes on paper are left. With another telephone, take it away and set it up anew.</p>
      <TextInput label="Code" description="Of the app, or one on paper" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.currentTarget.value)} />
      <Button type="submit" variant="default" loading={remove.isPending} disabled={code.trim() === ''}>Take it away</Button>
      {remove.error && <div className={css.wide}><Failure error={remove.error} /></div>}
    </form>
  );
}
