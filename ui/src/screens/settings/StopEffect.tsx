import { Alert } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { IconUsers, IconUsersMinus } from '@tabler/icons-react';
import type { StopEffect } from '@/api/deskTypes';
import { shortTime, count } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import parts from '@/parts/parts.module.css';
import css from './settings.module.css';

const MINUTE_MS = 60_000;

/** What pressing would do, before it is pressed. */
export function Effect({ effect }: { effect: StopEffect }) {
  const clients = useClients();
  return (
    <Alert color={effect.carried ? 'pine' : 'brick'} icon={effect.carried ? <IconUsers size={18} aria-hidden /> : <IconUsersMinus size={18} aria-hidden />} title={effect.cases === 0 ? 'Nothing is under way there' : `${count(effect.cases)} open cases go to people`}>
      <p>{effect.words}</p>
      {effect.queues.length > 0 && (
        <table className={`${parts.table} ${css.effect}`}>
          <thead>
            <tr><th scope="col">Queue</th><th scope="col" className={parts.right}>Comes</th><th scope="col" className={parts.right}>Waits already</th><th scope="col">The last one waits</th></tr>
          </thead>
          <tbody>
            {effect.queues.map((row) => (
              <tr key={`${row.client}/${row.queue}`}>
                <th scope="row"><Link to="/desk" style={{ textDecoration: 'underline' }} search={{ client: row.client, queue: row.queue }}>{row.title}</Link> · {clients.name(row.client)}</th>
                <td className={`${parts.right} num`}>{count(row.cases)}</td>
                <td className={`${parts.right} num`}>{count(row.waiting)}</td>
                <td>{!row.open ? `closed${row.opens_ms ? ` until ${shortTime(row.opens_ms)}` : ''}` : row.wait_ms === null ? 'nobody is there' : row.wait_ms < MINUTE_MS ? 'not at all' : `about ${count(Math.ceil(row.wait_ms / MINUTE_MS))} min`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="num">{count(effect.staff.people)} people there, room for {count(effect.staff.free)} of {count(effect.staff.places)}</p>
    </Alert>
  );
}
