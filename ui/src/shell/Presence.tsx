import { Menu, UnstyledButton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Here } from '@/api/deskTypes';
import { http } from '@/api/http';
import { whereIAm } from '@/api/people';
import * as q from '@/api/queries';
import { tellDone, tellFailure, tellToStay } from '@/lib/tell';
import css from './shell.module.css';

export const HERE: Record<Here, { label: string; says: string }> = {
  available: { label: 'Available', says: 'Work is given to you' },
  busy: { label: 'Busy', says: 'You work on what you have' },
  break: { label: 'Break', says: 'Back soon; nothing is given to you' },
  training: { label: 'Training', says: 'Nothing is given to you' },
  off: { label: 'Off', says: 'What you have goes back to its queues' },
};
// Three signs of life within the grace time of the server.
const HEARTBEAT_MS = 45_000;
const GONE = 'No sign of life came from here for a while, a supervisor signed you off, or you did so in another window. What you had is back in its queues; say that you are available to be given work again.';
const WORKS = ['supervisor', 'human_agent', 'finance_lead'];

/** Where one is, for whoever takes work: shown, set, and kept alive while the console is open. */
export function Presence() {
  const { data: session } = useQuery(q.session);
  const works = Boolean(session?.grants.some((grant) => WORKS.includes(grant.role)));
  const { data: me } = useQuery({ ...whereIAm, enabled: works, retry: false });
  const queries = useQueryClient();
  const known = Boolean(me);
  const now: Here = me?.presence?.state ?? 'off';
  // What one has just said oneself is no news.
  const said = useRef<Here | null>(null);
  const last = useRef<Here | null>(null);
  const refresh = () => { for (const key of ['presence', 'floor']) void queries.invalidateQueries({ queryKey: [key] }); };
  const be = useMutation({
    mutationFn: (state: Here) => http.post('/presence', { state }),
    // One says oneself where one is: it stands there at once, and as it was where it could not be said.
    onMutate: async (state) => {
      said.current = state;
      await queries.cancelQueries({ queryKey: whereIAm.queryKey });
      const before = queries.getQueryData(whereIAm.queryKey);
      const presence = { state, note: '', since_ms: Date.now(), seen_ms: Date.now() };
      queries.setQueryData(whereIAm.queryKey, (was) => was && { ...was, presence });
      return before;
    },
    onSuccess: (_done, state) => tellDone(`${HERE[state].label}: ${HERE[state].says.toLowerCase()}`),
    onError: (error, _state, before) => {
      queries.setQueryData(whereIAm.queryKey, before);
      tellFailure(error);
    },
    onSettled: refresh,
  });
  useEffect(() => {
    if (!known || be.isPending) return;
    const before = last.current ?? 'off';
    if (before !== 'off' && now === 'off' && said.current !== 'off') tellToStay('presence-gone', 'You are off', GONE);
    last.current = now;
    said.current = null;
  }, [known, now, be.isPending]);
  useEffect(() => {
    // Off too: whoever takes work without saying that they are there is missed all the same.
    // What is being said is not known there yet, and would be taken for having been signed off.
    if (!works || !known || be.isPending) return;
    let over = false;
    const beat = () => {
      http.post<{ there: boolean }>('/presence/heartbeat').then(
        (found) => { if (!over && found.there !== (now !== 'off')) refresh(); },
        // The next one tells; a line that is down shows itself elsewhere.
        () => undefined,
      );
    };
    beat();
    const timer = setInterval(beat, HEARTBEAT_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [works, known, now, be.isPending]);
  if (!works) return null;
  return (
    <Menu position="right-end" width={250} withArrow>
      <Menu.Target>
        <UnstyledButton className={css.here} data-here={now} aria-label={`You are: ${HERE[now].label}`}>
          <i aria-hidden />
          <span>{HERE[now].label}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(HERE) as Here[]).map((state) => (
          <Menu.Item key={state} onClick={() => be.mutate(state)} aria-current={state === now} leftSection={<i className={css.hereDot} data-here={state} aria-hidden />}>
            <strong>{HERE[state].label}</strong>
            <br />
            <small>{HERE[state].says}</small>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
