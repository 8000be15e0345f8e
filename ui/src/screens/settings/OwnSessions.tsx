import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconDeviceLaptop } from '@tabler/icons-react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { fullTime } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { useFocusKept } from '@/lib/useFocusKept';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Show } from '@/parts/States';
import css from './settings.module.css';

/** Where one is signed in; what is open elsewhere is ended here. */
export function OwnSessions() {
  const read = useQuery({ ...q.ownSessions, retry: false });
  const queries = useQueryClient();
  useFocusKept(read.data ? String(read.data.items.length) : '');
  const end = useMutation({
    mutationFn: (id: string) => http.delete(`/sessions/${seg(id)}`),
    onSuccess: async () => { tellDone('The session is ended'); await queries.invalidateQueries({ queryKey: q.ownSessions.queryKey }); },
    onError: tellFailure,
  });
  return (
    <Panel title="Your sessions">
      <Show of={read} rows={2}>
        {(page) => (
          <ul aria-label="Sessions">
            {page.items.map((one) => (
              <li key={one.id} className={css.stop}>
                <IconDeviceLaptop size={18} aria-hidden />
                <div>
                  <strong>{one.current ? 'Here' : 'Elsewhere'}</strong>
                  <div className={css.faint}>Signed in <Time ms={one.created_ms} />, until <Time ms={one.expires_ms} /></div>
                </div>
                {!one.current && <Button size="xs" variant="default" aria-label={`End the session of ${fullTime(one.created_ms)}`} disabled={end.isPending} onClick={() => end.mutate(one.id)}>End</Button>}
              </li>
            ))}
          </ul>
        )}
      </Show>
    </Panel>
  );
}
