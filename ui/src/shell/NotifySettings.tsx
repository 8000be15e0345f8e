import { Modal, Stack, Switch } from '@mantine/core';
import { useNotifyChoice } from './useNotify';

/** Off until asked for; quiet at night even then. */
export function NotifySettings({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [choice, set] = useNotifyChoice();
  const denied = 'Notification' in window && Notification.permission === 'denied';
  return (
    <Modal opened={open} onClose={onClose} title="Notifications" size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="md">
        <Switch checked={choice.browser} onChange={(event) => set({ ...choice, browser: event.currentTarget.checked })} label="By the browser" description={denied ? 'This browser refuses them for this site; change that in its settings.' : 'Work given to you or nearly late with you, offers, and notes that name you, while you look elsewhere; for supervisors also what is late with a colleague'} />
        <Switch checked={choice.sound} onChange={(event) => set({ ...choice, sound: event.currentTarget.checked })} label="With a sound" />
        <Switch checked={choice.night} onChange={(event) => set({ ...choice, night: event.currentTarget.checked })} label="At night too" description="Night is outside of your shifts; from 20:00 to 7:00 where you have none" />
      </Stack>
    </Modal>
  );
}
