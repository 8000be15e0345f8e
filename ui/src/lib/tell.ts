import { notifications } from '@mantine/notifications';
import { Problem } from '@/api/http';

export function tellDone(message: string) {
  notifications.show({ message, color: 'pine', autoClose: 3500 });
}

export function tellFailure(error: unknown) {
  const known = error instanceof Problem;
  notifications.show({
    title: known ? error.title : 'That did not work',
    message: known ? error.detail : String(error),
    color: 'brick',
    autoClose: 8000,
  });
}
