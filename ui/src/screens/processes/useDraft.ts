// A draft of a definition: what was typed, what the linter says to it, and its graph as far as it can be read.
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Graph, ProcessDetail } from '@/api/types';

const TYPING_MS = 400;

export function useDraft(client: string, process: ProcessDetail, on: boolean) {
  const [text, setText] = useState(process.yaml);
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const read = useQuery({ ...q.lint(client, settled), enabled: on, placeholderData: keepPreviousData });
  const [graph, setGraph] = useState<Graph>(process.graph);
  // While the text cannot be read, the last graph stays.
  const next = read.data?.graph;
  if (on && next && next !== graph) setGraph(next);
  return { text, setText, changed: text !== process.yaml, busy: settled !== text || read.isFetching, read, graph: on ? graph : process.graph };
}
export type Draft = ReturnType<typeof useDraft>;
