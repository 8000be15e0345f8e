import { Select } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useClients } from '@/lib/useClients';
import { focusIsLost } from '@/lib/useFocusKept';
import { Page } from '@/parts/Page';
import { FromAgent } from './FromAgent';
import { FromDatabase } from './FromDatabase';
import { FromDescription } from './FromDescription';
import { FromServer } from './FromServer';
import { FromService } from './FromService';
import { FromWebhook } from './FromWebhook';

/** Every kind of system that becomes a connector here. */
const SOURCES = [
  { value: 'description', label: 'The description of an API' },
  { value: 'server', label: 'An MCP server' },
  { value: 'database', label: 'An SQL database' },
  { value: 'service', label: 'A plain HTTP service' },
  { value: 'agent', label: 'An outside agent (A2A)' },
  { value: 'webhook', label: 'What a system sends by itself (webhook)' },
];

/** A system becomes a connector: read what it says of itself or write it down, pick, say what people know better, take the files. */
export function Import() {
  const search = useSearch({ strict: false }) as { client?: string; from?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const [client, setClient] = useState<string | null>(search.client ?? null);
  const of = client ?? clients.list[0]?.id ?? '';
  const source = SOURCES.some((one) => one.value === search.from) ? search.from : 'description';
  const go = (next: string) => void navigate({ to: '/connectors/import', search: { client: of || undefined, from: next } as never, replace: true });
  // Each source has a form of its own, in which this is drawn anew: whoever chose by the keyboard goes on from here.
  const from = useRef<HTMLInputElement>(null);
  const known = useRef(source);
  useEffect(() => {
    if (known.current === source) return;
    known.current = source;
    if (focusIsLost()) from.current?.focus();
  }, [source]);
  const start = (
    <>
      <Select label="Client" data={clients.options} value={of || null} onChange={setClient} allowDeselect={false} />
      <Select ref={from} label="From" data={SOURCES} value={source ?? null} onChange={(next) => next && go(next)} allowDeselect={false} />
    </>
  );
  return (
    <Page title="Import a connector" sub="From what a system says of itself, or you know of it, to files of a blueprint; nothing goes live here">
      <Wizard from={source} client={of} start={start} />
    </Page>
  );
}

function Wizard({ from, client, start }: { from: string | undefined; client: string; start: ReactNode }) {
  switch (from) {
    case 'server': return <FromServer client={client} start={start} />;
    case 'database': return <FromDatabase client={client} start={start} />;
    case 'service': return <FromService client={client} start={start} />;
    case 'agent': return <FromAgent client={client} start={start} />;
    case 'webhook': return <FromWebhook client={client} start={start} />;
    default: return <FromDescription client={client} start={start} />;
  }
}
