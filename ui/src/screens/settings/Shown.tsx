import { Button, CopyButton } from '@mantine/core';
import css from './settings.module.css';

/** A token's text, the one time that it is there. */
export function Shown({ token }: { token: string }) {
  return (
    <div className={css.token}>
      <strong>Copy it now: it is not shown again.</strong>
      <code>{token}</code>
      <CopyButton value={token}>{({ copied, copy }) => <Button size="xs" variant="default" onClick={copy} style={{ justifySelf: 'start' }}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
    </div>
  );
}
