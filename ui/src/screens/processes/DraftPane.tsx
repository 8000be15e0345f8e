import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload, IconRestore } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { Finding, ProcessDetail } from '@/api/types';
import { Tag } from '@/parts/Chips';
import { Failure, Loading } from '@/parts/States';
import type { Draft } from './useDraft';
import css from './process.module.css';

// The editor is the largest part of this screen, and most who look at a process do not edit it.
const Editor = lazy(() => import('./Editor').then((loaded) => ({ default: loaded.Editor })));

function download(name: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.download = `${name}.yaml`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Editing a definition: the text, what the linter finds while one types, and how the result leaves this page. */
export function DraftPane({ process, draft }: { process: ProcessDetail; draft: Draft }) {
  const [jump, setJump] = useState<{ line: number; column: number }>();
  const findings = draft.read.data?.findings ?? process.findings;
  return (
    <div className={css.draft}>
      <p className={css.says}>Nothing here changes what runs. Copy or download the file, put it into the blueprint as <code>processes/{process.name}.yaml</code>, and deploy it; then new runs start on it.</p>
      <div className={css.draftTools}>
        <CopyButton value={draft.text}>{({ copied, copy }) => <Button size="compact-xs" variant="default" leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />} onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
        <Button size="compact-xs" variant="default" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => download(process.name, draft.text)}>Download</Button>
        <Button size="compact-xs" variant="subtle" disabled={!draft.changed} leftSection={<IconRestore size={14} aria-hidden />} onClick={() => draft.setText(process.yaml)}>As it is live</Button>
        <span role="status" className={css.verdict}>{draft.busy ? 'Checking…' : verdict(findings)}</span>
      </div>
      <div className={css.editor}>
        <Suspense fallback={<Loading rows={8} label="Loading the editor" />}>
          <Editor text={draft.text} findings={findings} jump={jump} onChange={draft.setText} />
        </Suspense>
      </div>
      {draft.read.error ? <Failure error={draft.read.error} retry={() => void draft.read.refetch()} /> : <Findings findings={findings} onJump={(one) => setJump({ line: one.line, column: one.column })} />}
    </div>
  );
}

function verdict(findings: Finding[]): string {
  const errors = findings.filter((one) => one.severity === 'error').length;
  const rest = findings.length - errors;
  if (findings.length === 0) return 'No findings';
  return [errors && `${errors} ${errors === 1 ? 'error' : 'errors'}`, rest && `${rest} ${rest === 1 ? 'remark' : 'remarks'}`].filter(Boolean).join(', ');
}

function Findings({ findings, onJump }: { findings: Finding[]; onJump: (finding: Finding) => void }) {
  if (findings.length === 0) return null;
  return (
    <ul className={css.findings} aria-label="Findings" tabIndex={0}>
      {findings.map((one, at) => (
        <li key={at}>
          <button type="button" className={css.findingRow} onClick={() => onJump(one)}>
            <Tag tone={one.severity === 'error' ? 'bad' : 'warn'}>{`Line ${one.line}`}</Tag>
            <span>{one.message}. {one.remedy}</span>
            <code>{one.rule}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}
