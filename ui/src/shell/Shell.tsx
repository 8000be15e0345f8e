import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { IconAt, IconHandStop, IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useConnected, useLive } from '@/api/live';
import * as q from '@/api/queries';
import { keyOf, useKeys, type KeyMap } from '@/lib/keys';
import { Failure, Loading } from '@/parts/States';
import { undoLatest } from '@/parts/undo';
import { Commands } from './Commands';
import { Help } from './Help';
import { NotifySettings } from './NotifySettings';
import { Rail } from './Rail';
import { SCREENS } from './screens';
import { useNotify } from './useNotify';
import css from './shell.module.css';

const CHORD_MS_MAX = 1_200;
const MENTION_CHARS = 120;

/** "g" and then a screen's letter goes there. */
function useGoKeys(openHelp: () => void) {
  const navigate = useNavigate();
  const since = useRef(0);
  useKeys({ '?': openHelp, z: undoLatest, g: () => { since.current = Date.now(); } });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const begun = Date.now() - since.current <= CHORD_MS_MAX;
      // Whatever comes second ends it; what comes after is no part of it.
      since.current = 0;
      const key = begun ? keyOf(event) : null;
      const screen = key === null || key === 'g' ? undefined : SCREENS.find((one) => one.key === key);
      if (!screen) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void navigate({ to: screen.to, search: {} });
    };
    // Before the screen's own keys, which share letters with the chord.
    window.addEventListener('keydown', press, { capture: true });
    return () => window.removeEventListener('keydown', press, { capture: true });
  }, [navigate]);
}
export type { KeyMap };

export function Shell() {
  const session = useQuery(q.session);
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  const [help, setHelp] = useState(false);
  const [notify, setNotify] = useState(false);
  useLive(Boolean(session.data));
  useNotify(Boolean(session.data));
  useGoKeys(() => setHelp(true));
  const gone = session.data === null;
  useEffect(() => {
    if (gone) void navigate({ to: '/signin', search: { to: href } });
  }, [gone, href, navigate]);

  if (session.error && !session.data) return <Failure error={session.error} retry={() => void session.refetch()} />;
  if (!session.data) return <Loading />;
  return (
    <div className={css.shell}>
      <a href="#main" className="skip">Skip to the content</a>
      <Rail onHelp={() => setHelp(true)} onNotify={() => setNotify(true)} />
      <main id="main" className={css.main} tabIndex={-1}>
        <Banners />
        <div className={css.view}><Outlet /></div>
      </main>
      <Commands />
      <NotifySettings open={notify} onClose={() => setNotify(false)} />
      <Help open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

function Banners() {
  const connected = useConnected();
  const { data } = useQuery({ ...q.stops, retry: false });
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(!connected), connected ? 0 : 4000);
    return () => clearTimeout(timer);
  }, [connected]);
  const stops = data?.items ?? [];
  const { data: named } = useQuery({ ...q.mentions, retry: false });
  const mention = named?.items[0];
  return (
    <div aria-live="polite">
      {late && (
        <div className={css.banner}>
          <IconPlugConnectedX size={15} aria-hidden /> Not live: reconnecting. What you see may be a moment old.
        </div>
      )}
      {mention && (
        <div className={css.banner}>
          <IconAt size={15} aria-hidden />
          {mention.kind === 'whisper' ? 'Your supervisor whispers' : 'A note names you'}{named.items.length > 1 ? ` (${named.items.length} in all)` : ''}: {mention.text.slice(0, MENTION_CHARS)}
          <Link to="/cases/$client/$id" params={{ client: mention.client, id: mention.case }} search={{}}>Case {mention.number}</Link>
        </div>
      )}
      {stops.length > 0 && (
        <div className={`${css.banner} ${css.stop}`}>
          <IconHandStop size={15} aria-hidden />
          {stops.length === 1 ? 'A stop switch is engaged' : `${stops.length} stop switches are engaged`}: that work goes to people.
          <Link to="/settings" search={{ tab: 'stop' }}>Look</Link>
        </div>
      )}
    </div>
  );
}
