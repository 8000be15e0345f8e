import { notifications } from '@mantine/notifications';
import { Problem } from '@/api/http';

export function tellDone(message: string) {
  notifications.show({ message, color: 'pine', autoClose: 3500 });
}

/** What somebody has to know and may not have seen happen: it stays until it is closed. */
export function tellToStay(id: string, title: string, message: string) {
  notifications.show({ id, title, message, color: 'brick', autoClose: false });
}

export function tellFailure(error: unknown) {
  const known = error instanceof Problem;
  notifications.show({
    title: known ? error.title : 'That did not work',
    message: known ? error.detail : error instanceof Error ? error.message : String(error),
    color: 'brick',
    autoClose: 8000,
  });
}
