import { IconArrowNarrowRight, IconHistory, IconListCheck } from '@tabler/icons-react';
import { useEffect } from 'react';
import { http, seg } from '@/api/http';
import type { Fields, Json, WorkItemDetail } from '@/api/types';
import { currencyOf, plain, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { prose } from '@/lib/prose';
import { Time } from '@/parts/Bits';
import { DataView } from '@/parts/DataView';
import packet from '../cases/packet.module.css';
import css from './desk.module.css';

/** Whether somebody is asked about one call, whose arguments are known. */
export const asksForCall = (item: WorkItemDetail) => item.form.values?.args !== undefined;

/** Whoever sees an approval has looked at it: the next one for the same action is compared with it. */
function useLooked({ client, id, kind }: WorkItemDetail) {
  useEffect(() => {
    if (kind !== 'approval') return;
    // What could not be noted is noted the next time that it is shown.
    http.post(`/clients/${seg(client)}/work-items/${seg(id)}/seen`).catch(() => undefined);
  }, [client, id, kind]);
}

/** The exact arguments of the call that somebody is asked about, what of them has changed since they looked last, and what was known of it. */
export function AskedFor({ item, currency }: { item: WorkItemDetail; currency: string }) {
  useLooked(item);
  const values = item.form.values ?? {};
  const own = currencyOf(fieldsOf(values.args), currency);
  const known = fieldsOf(values.packet);
  const reason = known?.reason;
  const facts = { ...fieldsOf(known?.facts), ...fieldsOf(known?.derived) };
  const how = fieldsOf(known?.identity)?.how;
  return (
    <section className={packet.packet} aria-label="What is asked for">
      {typeof reason === 'string' && reason !== '' && <div className={packet.why}><h3>Why a person is asked</h3><p>{prose(reason)}</p></div>}
      <div className={packet.sec}>
        <h3><IconListCheck size={15} aria-hidden /> Exactly this</h3>
        <DataView value={values.args} currency={own} />
      </div>
      {item.before && <Since before={item.before} args={values.args} currency={own} />}
      {Object.keys(facts).length > 0 && <div className={packet.sec}><h3>What policy knew</h3><DataView value={facts} currency={own} /></div>}
      {known && <p className={css.sinceHead}>{typeof how === 'string' ? `Identity verified: ${words(how)}` : 'Identity not verified'}</p>}
    </section>
  );
}

const fieldsOf = (value: Json | undefined): Fields | undefined => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined);

interface Change { at: string; name: string; before: Json | undefined; now: Json | undefined }

/** Each value that differs, by its place; lists and structures are looked into. */
export function changes(before: Json | undefined, now: Json | undefined, at = '', name = ''): Change[] {
  const inside = (value: Json | undefined) => (value !== null && typeof value === 'object' ? (value as Fields) : undefined);
  const [a, b] = [inside(before), inside(now)];
  if (a && b && Array.isArray(before) === Array.isArray(now)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => changes(a[key], b[key], at ? `${at} › ${label(before, key)}` : label(before, key), key));
  }
  // A value that is not given and one that is null are both nothing.
  return JSON.stringify(before ?? null) === JSON.stringify(now ?? null) ? [] : [{ at, name, before, now }];
}
const label = (of: Json | undefined, key: string) => (Array.isArray(of) ? String(Number(key) + 1) : words(key));

function Since({ before, args, currency }: { before: NonNullable<WorkItemDetail['before']>; args: Json | undefined; currency: string }) {
  const names = useNames();
  const found = changes(before.args, args);
  const came = before.decision ? `${words(before.decision)} by ${names.member(before.by)}` : before.state === 'done' ? 'decided' : before.state === 'waiting' || before.state === 'claimed' ? 'still open' : 'nobody decided';
  return (
    <div className={packet.sec}>
      <h3><IconHistory size={15} aria-hidden /> {before.seen_ms === null ? 'Since it was asked for last' : 'Since you looked last'}</h3>
      <p className={css.sinceHead}>
        {before.seen_ms !== null && <>You looked at it <Time ms={before.seen_ms} ago />. </>}
        <Time ms={before.ended_ms ?? before.opened_ms} ago />: {came}
        {before.seen_ms !== null && before.unseen > 0 && `. ${before.unseen === 1 ? 'One request' : `${before.unseen} requests`} since then you have not seen`}
      </p>
      {found.length === 0 ? <p className={css.sinceHead}>Nothing of it is different.</p> : (
        <dl className={css.since}>
          {found.map((one) => (
            <div key={one.at}>
              <dt>{one.at}</dt>
              <dd><del><Said name={one.name} value={one.before} currency={currency} /></del> <IconArrowNarrowRight size={14} role="img" aria-label="now" /> <ins><Said name={one.name} value={one.now} currency={currency} /></ins></dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

const Said = ({ name, value, currency }: { name: string; value: Json | undefined; currency: string }) => <>{plain(name, value, currency) || 'nothing'}</>;
