import { Button } from '@mantine/core';
import css from './parts.module.css';

interface Props {
  of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}
/** The next page of a list, by key. */
export function More({ of }: Props) {
  if (!of.hasNextPage) return null;
  return (
    <div className={css.more}>
      <Button variant="default" size="xs" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        Show more
      </Button>
    </div>
  );
}
