import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Auth, Imported, Suggested } from '@/api/connectorTypes';
import * as q from '@/api/queries';
import { holds } from '@/lib/grants';
import { tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import { Choose, type Chosen } from './Choose';
import { picks, Said } from './Made';
import { SignIn, type Way } from './SignIn';
import css from './connectors.module.css';

interface Wanted {
  /** Told what was found, whenever something was looked at. */
  seen?: (done: Imported) => void;
  /** Whoever wrote the operations wants all of them, unless they say otherwise. */
  all?: boolean;
}

const everything = (rows: Suggested[], before: Chosen): Chosen => Object.fromEntries(rows.map((row) => [row.operation, { ...before[row.operation], on: before[row.operation]?.on ?? true }]));

/** What every kind of import shares: something is looked at, people pick and say what they know better, files are made of it. */
export function useImport(send: (operations?: unknown[]) => Promise<Imported>, { seen, all }: Wanted = {}) {
  const [chosen, setChosen] = useState<Chosen>({});
  const look = useMutation({
    mutationFn: () => send(),
    onSuccess: (done) => {
      setChosen((before) => (all ? everything(done.report.operations, before) : {}));
      make.reset();
      seen?.(done);
    },
    onError: tellFailure,
  });
  const rows = look.data?.report.operations ?? [];
  const make = useMutation({ mutationFn: () => send(picks(rows, chosen)), onError: tellFailure });
  return {
    look,
    make,
    rows,
    chosen,
    count: rows.filter((row) => chosen[row.operation]?.on).length,
    // Files that were made before somebody chose otherwise are not those that were chosen.
    choose: (next: Chosen) => { make.reset(); setChosen(next); },
    changed: () => make.reset(),
    /** What was found is of what was named, and of nothing else. */
    anew: () => { look.reset(); make.reset(); },
  };
}

export type Importing = ReturnType<typeof useImport>;

/** A step, in its panel. */
export const Step = ({ title, children }: { title: string; children: ReactNode }) => (
  <Panel title={title}><div className={css.inside}>{children}</div></Panel>
);

/** The end of a step after which is looked at what was named. */
export const Look = ({ of, label, ready }: { of: Importing; label: string; ready: boolean }) => (
  <Button onClick={() => of.look.mutate()} loading={of.look.isPending} disabled={!ready} style={{ justifySelf: 'start' }}>{label}</Button>
);

/** What was found, to pick from; files are made here, or in a step that follows. */
export function Found({ of, step, what, children }: { of: Importing; step: number; what: string; children?: ReactNode }) {
  if (!of.look.data) return null;
  const { report } = of.look.data;
  return (
    <Step title={`${step}. ${what}: ${report.found} found, ${report.refused.length} refused`}>
      <Said of={of.look.data} />
      <Choose rows={of.rows} chosen={of.chosen} onChange={of.choose} />
      {children}
    </Step>
  );
}

/** How many are picked, and the files of them. */
export const Make = ({ of }: { of: Importing }) => (
  <div className={css.bar}>
    <span className={css.faint}>{of.count} picked</span>
    <Button onClick={() => of.make.mutate()} loading={of.make.isPending} disabled={of.count === 0}>Make the files</Button>
  </div>
);

interface SigningProps { of: Importing; title: string; way: Way; onWay: (next: Way) => void; suggested?: Auth | null; children?: ReactNode }
/** How Baton signs in, of what was looked at; and the files. Without a description nothing is suggested. */
export function Signing({ of, title, way, onWay, suggested, children }: SigningProps) {
  if (!of.look.data) return null;
  const sign = (next: Way) => { if (next.auth !== way.auth) of.changed(); onWay(next); };
  return (
    <Step title={title}>
      {children}
      <SignIn way={way} suggested={suggested} onChange={sign} />
      <Make of={of} />
    </Step>
  );
}

/** Whether what is named lies inside: asked of admins alone. Who said so for another client can take it back. */
export function Inside({ client, on, onChange }: { client: string; on: boolean; onChange: (on: boolean) => void }) {
  const session = useQuery(q.session);
  if (!on && !holds(session.data, ['admin'], client)) return null;
  return <Checkbox label="It lies inside, where only this installation reaches" checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />;
}
