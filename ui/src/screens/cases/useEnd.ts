import { useEffect, useRef, useState, type RefObject } from 'react';

// Whoever is this near to the end, pixels, reads there.
const NEAR_PX = 48;

interface End {
  /** Stands behind the last row. */
  end: RefObject<HTMLDivElement | null>;
  /** Something has come that is not in sight. */
  below: boolean;
  show: () => void;
}

/** Follows a list that grows, for whoever reads at its end; whoever has scrolled up stays there, and is told of what comes. */
export function useEnd(last: string | undefined): End {
  const end = useRef<HTMLDivElement>(null);
  const newest = useRef(last);
  const follows = useRef(true);
  // What was last when its reader scrolled up; null while they are at the end.
  const [left, setLeft] = useState<string | null>(null);
  const any = last !== undefined;
  useEffect(() => {
    const mark = end.current;
    if (!mark) return;
    const watch = new IntersectionObserver(
      (seen) => {
        follows.current = Boolean(seen.at(-1)?.isIntersecting);
        setLeft(follows.current ? null : (newest.current ?? ''));
      },
      { root: mark.closest('[role="region"]'), rootMargin: `0px 0px ${NEAR_PX}px` },
    );
    watch.observe(mark);
    return () => watch.disconnect();
  }, [any]);
  useEffect(() => {
    newest.current = last;
    if (follows.current) end.current?.scrollIntoView({ block: 'nearest' });
  }, [last]);
  const show = () => end.current?.scrollIntoView({ block: 'nearest' });
  return { end, below: left !== null && left !== last, show };
}
