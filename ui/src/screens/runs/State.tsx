import { Link } from '@tanstack/react-router';
import { IconBolt, IconBroadcast, IconClock, IconHelp, IconMessageCircle, IconRoute, IconUser, type Icon } from '@tabler/icons-react';
import type { RunDetail, RunOperation, WaitsFor } from '@/api/runTypes';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { Due, Time } from '@/parts/Bits';
import { RunStatusTag } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import process from '../processes/process.module.css';
import { errorLine, shortId } from './words';
import css from './runs.module.css';

interface Props {
  run: RunDetail;
  currency: string;
  onPick: (task: string) => void;
}

/** Why it stands where it stands: its error, whom it waits for, its definition, its family, and what people did. */
export function State({ run, currency, onPick }: Props) {
  return (
    <>
      {Boolean(run.error) && <Fault run={run} onPick={onPick} />}
      <Waits run={run} onPick={onPick} />
      {run.output !== null && run.output !== undefined && <section className={process.sec}><h3>Output</h3><DataView value={run.output} currency={currency} /></section>}
      <Definition run={run} />
      <Family run={run} />
      {run.operations.length > 0 && <section className={process.sec}><h3>What people did</h3><ol className={css.plain}>{run.operations.map((one, at) => <Did key={at} did={one} />)}</ol></section>}
    </>
  );
}

function Fault({ run, onPick }: { run: RunDetail; onPick: (task: string) => void }) {
  const names = useNames();
  const { type, instance } = run.error as { type?: string; instance?: string };
  return (
    <section className={css.fault} aria-label="Error">
      <strong>{errorLine(run.error)}</strong>
      {type && <code>{type}</code>}
      {instance && <button type="button" className={css.link} onClick={() => onPick(instance)}>At task {words(instance.split('/').pop() ?? '')}</button>}
      {run.owner && <span>Left to <Link to="/desk" search={{ item: `${run.client}/${run.owner.work_item}` }}>{run.owner.claimed_by ? names.member(run.owner.claimed_by) : `queue ${words(run.owner.queue).toLowerCase()}`}</Link></span>}
    </section>
  );
}

const ICONS: Record<WaitsFor['kind'], Icon> = { person: IconUser, customer: IconMessageCircle, system: IconBolt, time: IconClock, event: IconBroadcast, process: IconRoute, unknown: IconHelp };

function Waits({ run, onPick }: { run: RunDetail; onPick: (task: string) => void }) {
  const names = useNames();
  if (run.waits.length === 0 && run.inbox === 0) return null;
  return (
    <section className={process.sec} aria-label="Waits for">
      <h3>Waits for</h3>
      <ul className={css.plain}>
        {run.waits.map((wait, at) => {
          const whom = run.waits_for[at];
          const Icon = ICONS[whom?.kind ?? 'unknown'];
          const said = whom?.claimed_by ? whom.whom.replace(whom.claimed_by, names.member(whom.claimed_by)) : whom?.whom;
          return (
            <li key={wait.call} className={css.wait}>
              <Icon size={16} aria-hidden />
              <div>
                <span>{wait.task && <button type="button" className={css.link} onClick={() => onPick(wait.task)}>{words(wait.task.split('/').pop() ?? '')}</button>} {said}</span>
                <span className={css.faint}>
                  {wait.since_ms && <>since <Time ms={wait.since_ms} /> </>}
                  {whom?.due_ms && (whom.kind === 'time' ? <>at <Time ms={whom.due_ms} /></> : <Due ms={whom.due_ms} />)}
                  {whom?.work_item && <> <Link to="/desk" search={{ item: `${run.client}/${whom.work_item}` }}>Open the work item</Link></>}
                  {wait.child && <> <Link to="/runs/$client/$id" params={{ client: run.client, id: wait.child }} search={{}}>Open that run</Link></>}
                </span>
              </div>
            </li>
          );
        })}
      </ul>
      {run.inbox > 0 && <p className={css.faint}>{run.inbox} {run.inbox === 1 ? 'input is' : 'inputs are'} kept for it and not taken in yet.</p>}
    </section>
  );
}

function Definition({ run }: { run: RunDetail }) {
  return (
    <section className={process.sec}>
      <h3>Definition</h3>
      <p>
        <Link to="/processes/$client/$name" params={{ client: run.client, name: run.process }} search={{ run: run.id }}>{words(run.process)} {run.version ?? ''}</Link>
        {run.live ? ', live now' : run.live_version ? `; new runs start on ${run.live_version}${run.live_version === run.version ? ' of another release' : ''}` : '; not live any more'}
      </p>
      <p className={`${css.faint} num`}>{run.digest.slice(0, 23)}… · release {run.release}</p>
      {run.case && <p><Link to="/cases/$client/$id" params={{ client: run.client, id: run.case }} search={{}}>Its case</Link></p>}
    </section>
  );
}

function Family({ run }: { run: RunDetail }) {
  if (!run.parent && run.children.length === 0) return null;
  return (
    <section className={process.sec}>
      <h3>Other runs</h3>
      <ul className={css.plain}>
        {run.parent && <li>Started by <Link to="/runs/$client/$id" params={{ client: run.client, id: run.parent }} search={{}}>{shortId(run.parent)}</Link>, which waits for it</li>}
        {run.children.map((child) => (
          <li key={child.id} className={css.child}><Link to="/runs/$client/$id" params={{ client: run.client, id: child.id }} search={{}}>{words(child.process)}</Link> <RunStatusTag status={child.status} /> <span className={css.faint}><Time ms={child.started_ms} /></span></li>
        ))}
      </ul>
    </section>
  );
}

const DID: Record<string, string> = {
  suspended: 'suspended it', resumed: 'let it go on', retried: 'retried it', cancel_requested: 'ended it', cancelled: 'set it aside', migrated: 'moved it to another version', event_sent: 'sent it an event',
};

function Did({ did }: { did: RunOperation }) {
  const names = useNames();
  return (
    <li>
      <span><strong>{names.of({ kind: did.actor_kind, name: did.actor, id: did.actor })}</strong> {DID[did.kind] ?? words(did.kind)}: {did.reason}</span>
      <span className={css.faint}> <Time ms={did.at_ms} /></span>
    </li>
  );
}
