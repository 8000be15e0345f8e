import { Button } from '@mantine/core';
import { IconBook2, IconLanguage, IconPaperclip } from '@tabler/icons-react';
import { http, seg } from '@/api/http';
import type { Citation } from '@/api/knowledgeTypes';
import type { FileRow } from '@/api/customerTypes';
import type { Fields, TimelineItem } from '@/api/types';
import { languageName, size } from '@/lib/format';
import { saveBlob } from '@/lib/save';
import { tellFailure } from '@/lib/tell';
import { Key, Time } from '@/parts/Bits';
import { ActorChip } from '@/parts/Chips';
import { FromCase } from './FromCase';
import type { Translations } from './useTranslations';
import css from './timeline.module.css';

/** In which case a message stands: its files are fetched there. */
interface Place {
  client: string;
  id: string;
}
interface Source {
  words: string;
  place: string;
}

interface Props {
  item: TimelineItem;
  customer?: string;
  of: Place;
  /** Where a model is configured. */
  translations?: Translations;
  /** The one that the key translates. */
  keyed?: boolean;
}

export function Message({ item, customer, of, translations, keyed }: Props) {
  const out = item.actor.kind !== 'customer';
  const translated = translations?.of(item.id);
  const sources = sourcesOf(item);
  return (
    <article className={`${css.msg} ${out ? css.out : ''}`}>
      <div className={css.by}>
        <ActorChip actor={out ? item.actor : { ...item.actor, name: customer || item.actor.name }} />
        <Time ms={item.at_ms} />
        <FromCase client={of.client} item={item} />
      </div>
      <div className={`${css.bubble} ${css[item.actor.kind] ?? css.system}`} dir="auto" lang={translated?.to}>{translated?.text ?? item.body ?? item.title}</div>
      {translations && !out && item.body && <Translate item={item} translations={translations} keyed={keyed} />}
      {filesOf(item).map((file) => <FileLine key={file.id} file={file} of={of} />)}
      {sources.length > 0 && (
        <div className={css.by}>
          <IconBook2 size={13} aria-hidden /> From{' '}
          {sources.map((source) => <span key={source.place} title={source.place}>{source.words}</span>)}
        </div>
      )}
    </article>
  );
}

/** In the reader's language on request; the original is what is stored, and the same key away. */
function Translate({ item, translations, keyed }: { item: TimelineItem; translations: Translations; keyed?: boolean }) {
  const shown = translations.of(item.id);
  return (
    <div className={css.by}>
      <Button size="compact-xs" variant="subtle" loading={translations.asking === item.id} leftSection={<IconLanguage size={14} aria-hidden />} rightSection={keyed ? <Key>l</Key> : undefined} onClick={() => translations.toggle(item.id)}>
        {shown ? 'Show the original' : 'Translate'}
      </Button>
      {shown && <span>In {languageName(shown.to)} by {shown.model}; the original is what is kept</span>}
    </div>
  );
}

/** A file is saved, never shown: what a stranger sent is not opened by the console. */
function FileLine({ file, of }: { file: FileRow; of: Place }) {
  const words = <><IconPaperclip size={14} aria-hidden /> <span className={css.fileName} dir="auto">{file.name || 'A file without a name'}</span> <span className={css.who}>{size(file.bytes)}</span></>;
  if (!file.kept) return <span className={css.file} title="It was too large, one of too many, or had been kept for as long as is set">{words} <span className={css.who}>is not kept</span></span>;
  const fetch = () => {
    http.download(`/clients/${seg(of.client)}/cases/${seg(of.id)}/files/${seg(file.id)}`).then((content) => saveBlob(file.name || 'file', content), tellFailure);
  };
  return <button type="button" className={css.file} onClick={fetch} aria-label={`Save ${file.name}, ${size(file.bytes)}`}>{words}</button>;
}

function filesOf(item: TimelineItem): FileRow[] {
  const data = item.data && typeof item.data === 'object' ? (item.data as Fields) : {};
  return Array.isArray(data.files) ? (data.files as unknown as FileRow[]) : [];
}

/** What an answer stands on: title and section where they were kept, else the article's id. */
function sourcesOf(item: TimelineItem): Source[] {
  const data = item.data && typeof item.data === 'object' ? (item.data as Fields) : {};
  if (Array.isArray(data.sources)) {
    return (data.sources as unknown as Citation[]).map((one) => ({
      words: one.heading === one.title ? one.title : `${one.title}: ${one.heading}`,
      place: `${one.article}#${one.section}, version ${one.version}`,
    }));
  }
  return Array.isArray(data.articles) ? data.articles.map((one) => ({ words: String(one), place: String(one) })) : [];
}
