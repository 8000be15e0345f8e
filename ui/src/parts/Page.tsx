import { useEffect, type ReactNode } from 'react';
import css from './parts.module.css';

interface Props {
  title: string;
  sub?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  bare?: boolean;
}

/** A screen: its title, its tools, and a body that scrolls by itself. */
export function Page({ title, sub, tools, children, bare }: Props) {
  useEffect(() => {
    document.title = `${title} · Baton`;
  }, [title]);
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div className={css.grow}>
          <h1>{title}</h1>
          {sub && <div className={css.sub}>{sub}</div>}
        </div>
        {tools}
      </header>
      <div className={css.body} data-scrolls>{bare ? children : <div className={css.pad}>{children}</div>}</div>
    </div>
  );
}

export function Panel({ title, side, children, id }: { title: string; side?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className={css.panel} aria-label={title} id={id}>
      <div className={css.panelHead}>
        <h2 className={css.grow}>{title}</h2>
        {side}
      </div>
      {children}
    </section>
  );
}
