import { useNavigate, useSearch } from '@tanstack/react-router';

/** A choice of what is shown, kept in the address: it can be sent to a colleague, and outlives a reload. */
export function useInAddress(name: string, otherwise: string): [string, (next: string) => void] {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const set = (next: string) => void navigate({ to: '.', search: { ...search, [name]: next === otherwise ? undefined : next } as never, replace: true });
  return [search[name] ?? otherwise, set];
}
