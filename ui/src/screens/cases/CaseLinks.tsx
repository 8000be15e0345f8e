import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseLink } from '@/api/mergeTypes';
import type { CaseDetail } from '@/api/types';
import { tellDone, tellFailure } from '@/lib/tell';
import { mayMerge } from './mayMerge';
import css from './case.module.css';

/** The cases that this one hangs together with: merged into it, split off it, and the other way round. */
export function CaseLinks({ one }: { one: CaseDetail }) {
  const links = one.links;
  const { data: session } = useQuery(q.session);
  if (!links) return null;
  const may = mayMerge(session, one.client);
  const into = links.merged_into;
  const empty = !into && !links.split_from && links.merged.length + links.split_into.length === 0;
  if (empty) return null;
  return (
    <ul className={css.links} aria-label="Cases that belong to this one">
      {into && (
        <li>
          Merged into <To client={one.client} link={into} />
          {may && !links.kept && <Undo client={one.client} id={one.id} number={one.number} />}
          {links.kept && <span className={css.faint}>Cannot be undone: {links.kept}</span>}
        </li>
      )}
      {links.merged.map((link) => (
        <li key={link.case}>
          With it <To client={one.client} link={link} />{link.other_customer && <span className={css.faint}>of another customer</span>}
          {may && <Undo client={one.client} id={link.case} number={link.number} />}
        </li>
      ))}
      {links.split_from && <li>Split off <To client={one.client} link={links.split_from} /></li>}
      {links.split_into.map((link) => <li key={link.case}>Split off from here: <To client={one.client} link={link} /></li>)}
    </ul>
  );
}

function To({ client, link }: { client: string; link: CaseLink }) {
  return <Link to="/cases/$client/$id" params={{ client, id: link.case }} search={{}}>case {link.number}{link.subject && `, ${link.subject}`}</Link>;
}

function Undo({ client, id, number }: { client: string; id: string; number: number }) {
  const queries = useQueryClient();
  const undo = useMutation({
    mutationFn: () => http.post(`/clients/${seg(client)}/cases/${seg(id)}/unmerge`),
    onSuccess: () => {
      tellDone(`Case ${number} is one of its own again, and waits for a person`);
      for (const key of ['case', 'timeline', 'cases', 'work', 'effects']) void queries.invalidateQueries({ queryKey: [key] });
    },
    onError: tellFailure,
  });
  return <Button size="compact-xs" variant="default" loading={undo.isPending} onClick={() => undo.mutate()} aria-label={`Undo the merge of case ${number}`}>Undo the merge</Button>;
}
