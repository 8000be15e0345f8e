import type { GuidelineHeld, MessageRead, SectionSeen } from '@/api/reasonTypes';
import { share, words } from '@/lib/format';
import css from './case.module.css';

const VERDICTS: Record<SectionSeen['verdict'], string> = {
  used: 'it is the answer',
  too_little: 'not used, it speaks of too little',
  not_best: 'not used, another fits better',
  no_fact: 'not used, a policy fact in it has no value today',
};

/** What stands behind a reading: what else was likely, guidelines, articles, and where fields were read. */
export function Behind({ one }: { one: MessageRead }) {
  const { evidence } = one;
  const guidelines = one.guidelines ?? [];
  const others = evidence?.others ?? [];
  const fields = evidence?.fields ?? [];
  const articles = evidence?.articles ?? null;
  if (guidelines.length + others.length + fields.length === 0 && !articles) return null;
  return (
    <dl className={css.behind}>
      {others.length > 0 && (
        <Part title="Could also have been">
          {others.map((other) => <li key={other.intent}>{words(other.intent)}, {share(other.confidence)} sure</li>)}
        </Part>
      )}
      {guidelines.length > 0 && (
        <Part title="Guidelines that held">
          {guidelines.map((held) => <li key={`${held.name} ${held.of_need ? 'need' : 'message'}`}><span dir="auto">{held.name}</span>, priority {held.priority}: {guided(held)}</li>)}
        </Part>
      )}
      {articles && (
        <Part title={`Articles looked at, which answer from ${share(articles.least)} of the question`}>
          {articles.sections.map((seen) => <Section key={`${seen.source.article} ${seen.source.section}`} seen={seen} />)}
          {articles.sections.length === 0 && <li>None has a word of the question</li>}
        </Part>
      )}
      {fields.length > 0 && (
        <Part title="Read from it">
          {fields.map((field) => (
            <li key={field.name}>
              {words(field.name)}, {share(field.confidence)} sure{field.by === 'model' && ', by a model'}{field.said && <>: <q dir="auto">{field.said}</q></>}
            </li>
          ))}
        </Part>
      )}
    </dl>
  );
}

/** Where the threshold stands, in words that follow it. */
export function thresholdOf({ evidence }: MessageRead): string {
  switch (evidence?.threshold_of) {
    case 'escalation': return ' (the agent’s for this need)';
    case 'intent': return ' (the need’s own)';
    case 'agent': return ' (the agent’s for all needs)';
    default: return '';
  }
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <><dt>{title}</dt><dd><ul>{children}</ul></dd></>;
}

function Section({ seen }: { seen: SectionSeen }) {
  const { title, heading } = seen.source;
  return (
    <li>
      <span dir="auto">{heading === title ? title : `${title}: ${heading}`}</span>, speaks of {share(seen.coverage)}, score {seen.score.toFixed(2)}: {VERDICTS[seen.verdict]}
    </li>
  );
}

function guided(held: GuidelineHeld): string {
  if (!held.followed) return 'not followed, another one stands above it';
  return held.person ? 'followed, it passes the case to a person' : 'followed';
}
