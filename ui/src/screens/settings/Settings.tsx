import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Page } from '@/parts/Page';
import { Channels } from './Channels';
import { Members } from './Members';
import { Queues } from './queues/Queues';
import { Retention } from './Retention';
import { SignOn } from './SignOn';
import { Stops } from './Stops';
import { Tokens } from './Tokens';
import css from './settings.module.css';

export function Settings() {
  const { tab = 'members' } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  return (
    <Page title="Settings">
      <Tabs value={tab} onChange={(next) => void navigate({ to: '/settings', search: { tab: next ?? undefined }, replace: true })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="members">Members</Tabs.Tab>
          <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
          <Tabs.Tab value="signin">Sign-in</Tabs.Tab>
          <Tabs.Tab value="queues">Queues and hours</Tabs.Tab>
          <Tabs.Tab value="channels">Channels</Tabs.Tab>
          <Tabs.Tab value="retention">Retention</Tabs.Tab>
          <Tabs.Tab value="stop">Stop switch</Tabs.Tab>
        </Tabs.List>
        <div className={css.grid}>
          <Tabs.Panel value="members"><Members /></Tabs.Panel>
          <Tabs.Panel value="tokens"><Tokens /></Tabs.Panel>
          <Tabs.Panel value="signin"><SignOn /></Tabs.Panel>
          <Tabs.Panel value="queues"><Queues /></Tabs.Panel>
          <Tabs.Panel value="channels"><Channels /></Tabs.Panel>
          <Tabs.Panel value="retention"><Retention /></Tabs.Panel>
          <Tabs.Panel value="stop"><Stops /></Tabs.Panel>
        </div>
      </Tabs>
    </Page>
  );
}
