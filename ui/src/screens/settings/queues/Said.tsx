import type { SettingsChecked } from '@/api/queueTypes';
import { Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import css from './queues.module.css';

/** What a check found, and what a proposal would change. */
export function Said({ of }: { of: SettingsChecked }) {
  const files = Object.keys(of.edits);
  if (of.findings.length > 0) {
    return (
      <Panel title="It does not load">
        <ul className={css.said} aria-label="Findings">
          {of.findings.map((one, at) => <li key={at}><Tag tone="bad">{one.line > 0 ? `${one.file}, line ${one.line}` : one.file}</Tag> {one.message}. {one.remedy}</li>)}
        </ul>
      </Panel>
    );
  }
  return (
    <Panel title="It loads">
      <ul className={css.said} aria-label="What changes">
        {files.length === 0 && <li>No file changes.</li>}
        {files.map((file) => <li key={file}><Tag tone="accent">Changes</Tag> {file}{of.lost[file] ? `; ${of.lost[file]} of its comments go` : ''}</li>)}
      </ul>
    </Panel>
  );
}
