import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { AccessReview } from '@/api/accessTypes';
import { http, withQuery } from '@/api/http';
import { save } from '@/lib/save';
import { tellDone, tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import css from './settings.module.css';

const HEAD = ['kind', 'name', 'email', 'state', 'client', 'role', 'second_factor', 'passkeys', 'last_session', 'opens', 'ends'];

/** Who has access, as a file for whoever reviews it: people with their roles, and tokens. */
export function Review({ client }: { client: string | undefined }) {
  const get = useMutation({
    mutationFn: async (form: 'csv' | 'json') => ({ form, found: await http.get<AccessReview>(withQuery('/access-review', { client })) }),
    onSuccess: ({ form, found }) => {
      const name = `access-${found.client}-${new Date(found.at_ms).toISOString().slice(0, 10)}`;
      if (form === 'json') save(`${name}.json`, JSON.stringify(found, null, 2), 'application/json');
      else save(`${name}.csv`, csv(found), 'text/csv');
      if (found.more) tellDone('There are more than one file holds; the API tells of them by client');
    },
    onError: tellFailure,
  });
  return (
    <Panel title="Access review">
      <div className={css.form}>
        <p className={`${css.faint} ${css.wide}`}>Everybody with their roles, second factor and last session, and every token, as of now.</p>
        <Group gap="xs">
          <Button variant="default" size="xs" loading={get.isPending} onClick={() => get.mutate('csv')}>Save as CSV</Button>
          <Button variant="default" size="xs" loading={get.isPending} onClick={() => get.mutate('json')}>Save as JSON</Button>
        </Group>
      </div>
    </Panel>
  );
}

const date = (ms: number | null) => (ms === null ? '' : new Date(ms).toISOString());

/** A line for each role of each member, one for a member without any, and one for each token. */
function csv(found: AccessReview): string {
  const people = found.members.flatMap((one) => {
    const own = [String(one.second_factor), String(one.passkeys), date(one.last_open_session_ms ?? null), '', ''];
    const grants = one.grants.length > 0 ? one.grants : [{ client: '', role: '' }];
    return grants.map((grant) => ['member', one.name, one.email, one.state, grant.client, grant.role, ...own]);
  });
  const tokens = found.tokens.map((one) => ['token', one.name, '', one.revoked_ms === null ? 'active' : 'revoked', found.client, one.roles.join(' '), '', '', '', one.audience, date(one.expires_ms)]);
  return [HEAD, ...people, ...tokens].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** No program that opens the file takes a name for a formula. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}
