import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Token } from '@/api/tokenTypes';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { tellDone, tellFailure } from '@/lib/tell';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { Shown } from './Shown';
import css from './settings.module.css';

const OPENS: Record<Token['audience'], string> = { api: 'The API', mcp: 'MCP', a2a: 'A2A', scim: 'Provisioning' };
const DAY_MS = 24 * 60 * 60 * 1000;

/** The tokens of a client: what each opens, until when; replaced with a day in which both work, and revoked at once. */
export function TokenList({ client }: { client: string }) {
  const read = useQuery({ ...q.tokens(client), retry: false });
  return (
    <Panel title="Tokens">
      <Show of={read} rows={3}>
        {(page) => page.items.length === 0 ? <Empty title="No tokens">Programs that use Baton get one of their own below.</Empty> : <Table client={client} tokens={page.items} />}
      </Show>
    </Panel>
  );
}

function Table({ client, tokens }: { client: string; tokens: Token[] }) {
  return (
    <div style={{ overflow: 'auto' }} tabIndex={0} role="region" aria-label="Tokens">
      <table className={parts.table}>
        <thead><tr><th scope="col">Name</th><th scope="col">Opens</th><th scope="col">Roles</th><th scope="col">Made</th><th scope="col">Ends</th><th scope="col"><span className="vh">Do</span></th></tr></thead>
        <tbody>{[...tokens].sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.created_ms - a.created_ms).map((one) => <Row key={one.id} client={client} one={one} />)}</tbody>
      </table>
    </div>
  );
}

const isOver = (one: Token) => one.revoked_ms !== null || (one.expires_ms !== null && one.expires_ms < Date.now());

function Row({ client, one }: { client: string; one: Token }) {
  const names = useNames();
  const queries = useQueryClient();
  const [ending, setEnding] = useState(false);
  const path = `/clients/${seg(client)}/tokens/${seg(one.id)}`;
  const refresh = () => queries.invalidateQueries({ queryKey: ['tokens'] });
  const rotate = useMutation({
    mutationFn: () => http.post<{ token: string }>(`${path}/rotate`, { overlap_ms: DAY_MS }),
    onSuccess: refresh,
    onError: tellFailure,
  });
  const revoke = useMutation({
    mutationFn: () => http.delete(path),
    onSuccess: () => { setEnding(false); tellDone(`${one.name} opens nothing any more`); void refresh(); },
    onError: tellFailure,
  });
  const by = one.created_by.startsWith('member:') ? names.member(one.created_by.slice('member:'.length)) : one.created_by;
  return (
    <tr>
      <td>
        <strong style={{ fontWeight: 560 }}>{one.name}</strong>
        <div aria-live="polite">{rotate.data && <Shown token={rotate.data.token} />}</div>
      </td>
      <td>{OPENS[one.audience] ?? words(one.audience)}{one.agent && <div className={css.faint}>as {words(one.agent)}</div>}</td>
      <td>{one.roles.map(words).join(', ')}</td>
      <td><Time ms={one.created_ms} /><div className={css.faint}>{by}</div></td>
      <td>{one.revoked_ms !== null ? <Tag>Revoked</Tag> : one.expires_ms === null ? 'Never' : isOver(one) ? <Tag>Ended</Tag> : <Time ms={one.expires_ms} />}</td>
      <td className={parts.right}>
        {!isOver(one) && (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button size="compact-xs" variant="default" loading={rotate.isPending} aria-label={`Replace ${one.name}`} onClick={() => rotate.mutate()}>Replace</Button>
            <Button size="compact-xs" variant="default" aria-label={`Revoke ${one.name}`} onClick={() => setEnding(true)}>Revoke</Button>
          </Group>
        )}
        <Modal opened={ending} onClose={() => setEnding(false)} title={`Revoke ${one.name}`} closeButtonProps={{ 'aria-label': 'Cancel' }}>
          <p>Whatever uses it is refused from now on. This cannot be undone; a new token can be made.</p>
          <Group justify="flex-end" gap="xs" mt="md">
            <Button variant="default" onClick={() => setEnding(false)}>Cancel</Button>
            <Button color="brick" loading={revoke.isPending} onClick={() => revoke.mutate()}>Revoke</Button>
          </Group>
        </Modal>
      </td>
    </tr>
  );
}
