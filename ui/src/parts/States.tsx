// The three states every screen has besides its content: loading, empty, failed.
import { Button, Skeleton } from '@mantine/core';
import { IconCloudOff, IconInbox, IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Problem } from '@/api/http';
import css from './parts.module.css';

export function Loading({ rows = 6, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} style={{ display: 'grid', gap: 10, padding: 16 }}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={row % 3 === 0 ? 14 : 26} width={`${92 - ((row * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  icon?: ReactNode;
  /** Where filters leave nothing: takes them away. */
  onAll?: () => void;
}
export function Empty({ title, children, icon, onAll }: EmptyProps) {
  return (
    <div className={css.state}>
      {icon ?? <IconInbox size={26} stroke={1.5} aria-hidden />}
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {onAll && <Button variant="default" size="xs" onClick={onAll}>Take the filters away</Button>}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  const refused = problem?.status === 403;
  return (
    <div className={css.state} role="alert">
      {refused ? <IconLock size={26} stroke={1.5} aria-hidden /> : <IconCloudOff size={26} stroke={1.5} aria-hidden />}
      <strong>{refused ? 'Not open to your role' : (problem?.title ?? 'This could not be shown')}</strong>
      <p>{problem?.detail || (problem ? '' : String(error))}</p>
      {retry && !refused && (
        <Button variant="default" size="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** What went wrong, in a sentence. */
function saidOf(error: unknown): string {
  if (error instanceof Problem) return error.detail ? `${error.title}: ${error.detail}` : error.title;
  return error instanceof Error ? error.message : String(error);
}

/** Below the fields of a form: what came back of it, told to every aid at once. */
export function Wrong({ error }: { error: unknown }) {
  return <div aria-live="assertive">{error !== null && error !== undefined && error !== '' && <p className={css.wrong}>{saidOf(error)}</p>}</div>;
}

interface Read<D> {
  data: D | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}
/** Shows a query's state, and its content once there is some. A failed refresh keeps what was there. */
export function Show<D>({ of, rows, children }: { of: Read<D>; rows?: number; children: (data: D) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} />;
  return <Loading rows={rows} />;
}
