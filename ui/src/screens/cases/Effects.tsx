import { useQuery } from '@tanstack/react-query';
import { IconBolt, IconEye } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Effect } from '@/api/types';
import { words } from '@/lib/format';
import { Time } from '@/parts/Bits';
import { Tag, type Tone } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import { Empty, Show } from '@/parts/States';
import { Settle } from './Settle';
import { TryAgain } from './TryAgain';
import { Why } from './Why';
import css from './case.module.css';

const TONES: Record<Effect['state'], Tone> = { finished: 'good', requested: 'accent', failed: 'bad', unknown: 'warn' };

/** What the case did in other systems, each with the permit that let it. */
export function Effects({ client, id, currency }: { client: string; id: string; currency: string }) {
  const read = useQuery(q.caseEffects(client, id));
  return (
    <Show of={read}>
      {(page) => page.items.length === 0 ? <Empty title="No calls yet">Calls to the client's systems appear here, with why they were allowed.</Empty> : (
        <ul>{page.items.map((effect) => <EffectRow key={effect.id} client={client} effect={effect} currency={currency} />)}</ul>
      )}
    </Show>
  );
}

export function EffectRow({ client, effect, currency }: { client: string; effect: Effect; currency: string }) {
  const [open, setOpen] = useState(false);
  const Icon = effect.writes ? IconBolt : IconEye;
  return (
    <li className={css.effect}>
      <div className={css.effectTop}>
        <Icon size={16} aria-hidden />
        <strong>{words(effect.action)}</strong>
        <Tag tone={TONES[effect.state]}>{words(effect.state)}</Tag>
        <span className={css.faint}><Time ms={effect.requested_ms} /></span>
      </div>
      {effect.permit && <Why permit={effect.permit} />}
      {effect.state === 'unknown' && effect.writes && <Settle client={client} effect={effect} />}
      {effect.state === 'failed' && effect.writes && <TryAgain client={client} effect={effect} />}
      <button type="button" onClick={() => setOpen(!open)} aria-expanded={open} style={{ border: 0, background: 'none', padding: 0, font: 'inherit', fontSize: '0.75rem', color: 'var(--bt-accent-ink)', textAlign: 'start', cursor: 'pointer' }}>
        {open ? 'Hide' : 'Show'} arguments and result
      </button>
      {open && (
        <>
          <DataView value={{ arguments: effect.args, result: effect.result }} currency={currency} />
          <span className={css.faint} style={{ overflowWrap: 'anywhere' }}>Idempotency key {effect.idempotency_key}</span>
        </>
      )}
    </li>
  );
}
