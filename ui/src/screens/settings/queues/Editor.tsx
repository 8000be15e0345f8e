import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { QueueSettings, SettingsChecked, SettingsRead } from '@/api/queueTypes';
import { Panel } from '@/parts/Page';
import { Empty, Failure } from '@/parts/States';
import { ProposeDialog } from '../../blueprint/Propose';
import { type Draft, fresh, isChanged, keepDraft, names, readDraft, standing, unused, withCalendar, withQueue } from './draft';
import { Findings, textOf, withKey, without } from './fields';
import { Hours } from './Hours';
import { List } from './List';
import { QueueForm } from './QueueForm';
import { Said } from './Said';
import { Targets, Words } from './Words';
import css from './queues.module.css';

interface Props {
  client: string;
  live: SettingsRead;
  queue: string | undefined;
  mayPropose: boolean;
  onPick: (queue: string | undefined) => void;
}

export function Editor({ client, live, queue, mayPropose, onPick }: Props) {
  const [draft, setDraft] = useState<Draft>(() => readDraft(client) ?? fresh(live));
  const [told, setTold] = useState<SettingsChecked>();
  const [asked, setAsked] = useState<Record<string, string>>();
  const [hours, setHours] = useState(0);
  const [open, setOpen] = useState<number | undefined>(() => {
    const at = draft.settings.queues.findIndex((one) => textOf(one, 'name') === queue);
    return at >= 0 ? at : undefined;
  });
  const states = useQuery({ ...q.queueStates(client), refetchInterval: 10_000, retry: false });
  const { settings } = draft;
  const changed = isChanged(draft);
  // What is edited stays what it was when the editing began; what is not follows the live release.
  if (live.release !== draft.base && !changed) setDraft(fresh(live));
  useEffect(() => keepDraft(client, draft), [client, draft]);
  const check = useMutation({
    mutationFn: () => http.post<SettingsChecked>(`/clients/${seg(client)}/queue-settings/check`, { settings, base: draft.base }),
  });
  const tell = (then?: (now: SettingsChecked) => void) => check.mutate(undefined, { onSuccess: (now) => { setTold(now); then?.(now); } });
  const put = (next: Partial<QueueSettings>) => {
    // An answer about what it was before says nothing of this, and nothing of before is proposed.
    check.reset();
    const after = { ...settings, ...next };
    const found = standing(told?.findings ?? [], settings, after);
    setTold(told && found.length > 0 ? { ...told, findings: found } : undefined);
    setDraft({ ...draft, settings: after });
  };
  const again = () => {
    check.reset();
    setTold(undefined);
    setDraft(fresh(live));
    setOpen(undefined);
    setHours(0);
  };
  const propose = () => tell((now) => { if (now.findings.length === 0 && Object.keys(now.edits).length > 0) setAsked(now.edits); });
  const shown = open === undefined ? undefined : settings.queues[open];
  const calendar = settings.calendars[hours];
  const pick = (at: number | undefined) => {
    setOpen(at);
    const named = at === undefined ? undefined : settings.queues[at];
    onPick(named && textOf(named, 'name'));
  };
  const add = () => {
    put({ queues: [...settings.queues, { name: unused(settings.queues, 'new-queue'), title: 'New queue' }] });
    setOpen(settings.queues.length);
  };
  const addHours = () => {
    put({ calendars: [...settings.calendars, { name: unused(settings.calendars, 'office'), time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, weekly: {} }] });
    setHours(settings.calendars.length);
  };
  const makeDefault = (at: number, on: boolean) => put({ queues: settings.queues.map((one, number) => (number === at ? withKey(one, 'default', on || undefined) : on ? withKey(one, 'default', undefined) : one)) });
  return (
    <Findings value={told?.findings ?? []}>
      {live.release !== draft.base && <p role="status" className={css.stale}>Another release went live after this was begun. <Button size="compact-xs" variant="default" onClick={again}>Begin again with what is live</Button></p>}
      <Panel title="Queues" side={<Button size="compact-xs" variant="default" disabled={!mayPropose} onClick={add}>Add a queue</Button>}>
        <List queues={settings.queues} states={states.data?.items} tried={told?.items} open={open} onOpen={pick} />
      </Panel>
      {shown && open !== undefined && (
        <Panel title={`Queue: ${textOf(shown, 'title') || textOf(shown, 'name')}`} side={<Button size="compact-xs" variant="subtle" onClick={() => pick(undefined)}>Close</Button>}>
          <Only may={mayPropose}>
            <QueueForm key={open} queue={shown} at={`/queues/${open}`} calendars={names(settings.calendars)} others={names(without(settings.queues, open))} onChange={(next) => put(withQueue(settings, open, next))} onDefault={(on) => makeDefault(open, on)} onRemove={() => { put({ queues: without(settings.queues, open) }); pick(undefined); }} />
          </Only>
        </Panel>
      )}
      <Panel title="Hours" side={<Button size="compact-xs" variant="default" disabled={!mayPropose} onClick={addHours}>Add hours</Button>}>
        {calendar === undefined ? <Empty title="No hours">Without hours a queue is always open.</Empty> : (
          <>
            <div className={css.tabs} role="group" aria-label="Which hours">
              {settings.calendars.map((one, number) => <Button key={number} size="compact-sm" variant={number === hours ? 'filled' : 'default'} aria-pressed={number === hours} onClick={() => setHours(number)}>{textOf(one, 'name') || 'without a name'}</Button>)}
            </div>
            <Only may={mayPropose}>
              <Hours key={hours} calendar={calendar} at={`/calendars/${hours}`} onChange={(next) => put(withCalendar(settings, hours, next))} onRemove={() => { put({ calendars: without(settings.calendars, hours) }); setHours(0); }} />
            </Only>
          </>
        )}
      </Panel>
      <Panel title="Service targets of cases"><Only may={mayPropose}><Targets sla={settings.sla} calendars={names(settings.calendars)} onChange={(sla) => put({ sla })} /></Only></Panel>
      <Panel title="What customers are told"><Only may={mayPropose}><Words words={settings.words} onChange={(words) => put({ words })} /></Only></Panel>
      <div className={css.bar}>
        <span className={css.grow} role="status">{changed ? 'Edited; nothing is live yet' : mayPropose ? 'As it is live' : 'You may read this; whoever may propose changes edits it'}</span>
        <Button size="xs" variant="subtle" disabled={!changed} onClick={again}>Drop the edits</Button>
        <Button size="xs" variant="default" disabled={!changed || !mayPropose} loading={check.isPending} onClick={() => tell()}>Check</Button>
        <Button size="xs" disabled={!changed || !mayPropose || check.isPending} onClick={propose}>Propose…</Button>
      </div>
      {check.error && <Failure error={check.error} retry={() => tell()} />}
      {told && <Said of={told} />}
      <ProposeDialog client={client} base={draft.base} edits={asked ?? {}} opened={asked !== undefined} onClose={() => setAsked(undefined)} onDone={again} />
    </Findings>
  );
}

/** Whoever may not propose reads. */
const Only = ({ may, children }: { may: boolean; children: ReactNode }) => <fieldset className={css.plain} disabled={!may}>{children}</fieldset>;
