// What people can do to one run, when, and what it means in words.
import { IconArrowsExchange, IconBroadcast, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX, type Icon } from '@tabler/icons-react';
import type { RunDetail } from '@/api/runTypes';

export type Verb = 'suspend' | 'resume' | 'retry' | 'cancel' | 'events' | 'migrate';
export interface Doing {
  verb: Verb;
  key: string;
  label: string;
  icon: Icon;
  says: string;
  done: string;
  /** Whether it can be done now. */
  fits: (run: RunDetail) => boolean;
}

const open = (run: RunDetail) => run.status === 'running' || run.status === 'waiting';
const stoppedByFault = (run: RunDetail) => run.status === 'suspended' && Boolean(run.error);

export const DOINGS: Doing[] = [
  { verb: 'retry', key: 't', label: 'Retry', icon: IconRefresh, fits: (run) => run.status === 'faulted' || stoppedByFault(run), done: 'It goes on',
    says: 'It goes on with the task that failed. What is done already is not done again.' },
  { verb: 'resume', key: 'u', label: 'Resume', icon: IconPlayerPlay, fits: (run) => run.status === 'suspended' && !run.error, done: 'It goes on',
    says: 'It goes on, and takes in what came meanwhile in the order in which it came.' },
  { verb: 'suspend', key: 's', label: 'Suspend', icon: IconPlayerPause, fits: open, done: 'Suspended',
    says: 'It takes no further step. Messages, events and results that come meanwhile are kept.' },
  { verb: 'events', key: 'e', label: 'Send event', icon: IconBroadcast, fits: (run) => open(run) || run.status === 'suspended', done: 'Sent',
    says: 'The event is put before this run. If nothing in it waits for such an event, nothing changes.' },
  { verb: 'migrate', key: 'm', label: 'Migrate', icon: IconArrowsExchange, fits: (run) => open(run) || run.status === 'suspended' || run.status === 'faulted', done: 'Moved',
    says: 'It goes on under the version that is live now, if its position and data fit there.' },
  { verb: 'cancel', key: 'x', label: 'Cancel', icon: IconX, fits: (run) => !['completed', 'cancelled'].includes(run.status), done: 'It is being ended',
    says: 'It ends for good. What it has open is withdrawn, and runs that it waits for end too.' },
];
