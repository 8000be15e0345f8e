import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import type { Finding } from '@/api/types';

// The colours of the house, which change with the appearance by themselves.
const LOOK = EditorView.theme({
  '&': { height: '100%', fontSize: '0.75rem', background: 'var(--bt-sunken)', color: 'var(--bt-ink)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-gutters': { background: 'var(--bt-sunken)', color: 'var(--bt-faint)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'var(--bt-hover)' },
  '.cm-content': { caretColor: 'var(--bt-ink)' },
  '&.cm-focused': { outline: '2px solid var(--bt-accent)', outlineOffset: '-2px' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground, ::selection': { background: 'var(--bt-picked)' },
  '.cm-tooltip': { background: 'var(--bt-raised)', color: 'var(--bt-ink)', border: '1px solid var(--bt-line-strong)', borderRadius: '6px' },
});
const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--bt-accent-ink)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--bt-person)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--bt-ai)' },
  { tag: tags.comment, color: 'var(--bt-muted)', fontStyle: 'italic' },
]);

/** Where a finding is; the linter counts lines and columns from 1, and gives 0 where it knows none. */
function diagnostic(text: Text, finding: Finding): Diagnostic {
  const line = text.line(Math.min(Math.max(finding.line, 1), text.lines));
  const from = Math.min(line.from + Math.max(finding.column - 1, 0), line.to);
  return { from, to: line.to, severity: finding.severity === 'error' ? 'error' : 'warning', message: `${finding.message}. ${finding.remedy}`, source: finding.rule };
}

interface Props {
  text: string;
  /** What the text is, for whoever does not see it. */
  label?: string;
  /** Whether it is coloured as YAML. */
  plain?: boolean;
  findings: Finding[];
  /** A place to go to; a new object goes there again. */
  jump: { line: number; column: number } | undefined;
  onChange: (text: string) => void;
}

/** A text editor for definitions: line numbers, colours, and the linter's findings at their lines. */
export function Editor({ text, label = 'Definition as YAML', plain = false, findings, jump, onChange }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const first = useRef({ text, label, plain });
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    if (!frame.current) return;
    const made = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        doc: first.current.text,
        extensions: [
          lineNumbers(), lintGutter(), history(), highlightActiveLine(), first.current.plain ? [] : yaml(), syntaxHighlighting(COLOURS), LOOK,
          EditorState.tabSize.of(2),
          // Tab leaves the editor, as everywhere on the page: nobody is caught in it.
          keymap.of([...defaultKeymap, ...historyKeymap]),
          // Said in full: not every checker of accessibility counts editable text as reachable by keyboard.
          EditorView.contentAttributes.of({ 'aria-label': first.current.label, spellcheck: 'false', tabindex: '0' }),
          EditorView.updateListener.of((update) => { if (update.docChanged) tell.current(update.state.doc.toString()); }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const here = view.current;
    if (!here || here.state.doc.toString() === text) return;
    here.dispatch({ changes: { from: 0, to: here.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const here = view.current;
    if (here) here.dispatch(setDiagnostics(here.state, findings.map((one) => diagnostic(here.state.doc, one))));
  }, [findings]);
  useEffect(() => {
    const here = view.current;
    if (!here || !jump) return;
    const line = here.state.doc.line(Math.min(Math.max(jump.line, 1), here.state.doc.lines));
    const at = Math.min(line.from + Math.max(jump.column - 1, 0), line.to);
    here.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    here.focus();
  }, [jump]);
  return <div ref={frame} style={{ height: '100%', minHeight: 0, overflow: 'hidden' }} />;
}
