import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { Page } from '@/parts/Page';
import { Articles } from './Articles';
import { Gaps } from './Gaps';
import { Try } from './Try';

/** What customers ask and no article answers, the articles that are live, and what an answer would be taken from. */
export function Knowledge() {
  const { client, tab = 'gaps', state } = useSearch({ strict: false }) as { client?: string; tab?: string; state?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const go = (search: { client?: string; tab?: string; state?: string }) => void navigate({ to: '/knowledge', search, replace: true });
  const shown = client ?? clients.list[0]?.id;
  return (
    <Page
      title="Knowledge"
      sub="Questions without an answer, articles, and what an answer is taken from"
      tools={<Filters><Pick label="Client" value={client} onPick={(next) => go({ client: next, tab, state })} options={clients.options} all="All clients" /></Filters>}
    >
      <Tabs value={tab} onChange={(next) => go({ client, tab: next ?? undefined })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="gaps">Open questions</Tabs.Tab>
          <Tabs.Tab value="articles">Articles</Tabs.Tab>
          <Tabs.Tab value="try">Try a question</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="gaps"><Gaps client={client} state={state} onState={(next) => go({ client, tab, state: next })} /></Tabs.Panel>
        <Tabs.Panel value="articles">{shown && <Articles client={shown} />}</Tabs.Panel>
        <Tabs.Panel value="try">{shown && <Try client={shown} />}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
