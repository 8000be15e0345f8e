import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Asked } from './LinkDialog';

const TYPING_MS = 250;

/** Finds another customer by the number or the words of one of their cases, or by name: somebody may be the same without looking so. */
export function FindCustomer({ client, not, onAsk }: { client: string; not: string; onAsk: (asked: Asked) => void }) {
  const [text, setText] = useState('');
  const [words] = useDebouncedValue(text.trim(), TYPING_MS);
  const { data, error, isFetching } = useInfiniteQuery({ ...q.cases({ client, q: words }), enabled: words.length > 0, placeholderData: keepPreviousData });
  const rows = words ? (data?.pages[0]?.items ?? []) : [];
  const others = new Map(rows.filter((row) => row.customer.id !== not).map((row) => [row.customer.id, row]));
  const options = [...others.values()].map((row) => ({ value: row.customer.id, label: `${row.customer.name || 'Without a name'}, case ${row.number}: ${row.subject || 'no subject'}` }));
  const pick = (id: string | null) => {
    const row = id ? others.get(id) : undefined;
    if (row) onAsk({ other: row.customer, undo: false, proved: false });
    setText('');
  };
  return (
    <Select size="xs" label="Link with another customer" placeholder="Case number, name or words" searchable value={null} data={options} filter={({ options: all }) => all} searchValue={text} onSearchChange={setText} onChange={pick}
      nothingFoundMessage={!words ? undefined : error ? 'They could not be looked up: try again' : isFetching ? 'Looking …' : 'Nobody found'} />
  );
}
