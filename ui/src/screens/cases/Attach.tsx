import { ActionIcon, CloseButton } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useRef, useState, type ChangeEvent } from 'react';
import { http, withQuery } from '@/api/http';
import type { Unsent } from '@/api/customerTypes';
import { size } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import css from './timeline.module.css';

const FILES_MAX = 5;
const FILE_BYTES_MAX = 10 * 1024 * 1024;
const ACCEPT = '.pdf,.png,.jpg,.jpeg,.gif,.webp,.heic,.heif,.txt,.csv,.docx,.xlsx,.odt,.ods';

/** Files of a reply: uploaded when they are picked, sent with it. */
export function useAttach(base: string) {
  const [files, setFiles] = useState<Unsent[]>([]);
  const [loading, setLoading] = useState(0);
  const add = async (picked: File[]) => {
    const room = FILES_MAX - files.length - loading;
    if (picked.length > room) tellFailure(new Error(`At most ${FILES_MAX} files with one message.`));
    for (const file of picked.slice(0, Math.max(0, room))) {
      if (file.size > FILE_BYTES_MAX) {
        tellFailure(new Error(`${file.name} is too large: at most 10 MB.`));
        continue;
      }
      setLoading((now) => now + 1);
      try {
        const done = await http.upload<Unsent>(withQuery(`${base}/files`, { name: file.name }), file);
        setFiles((now) => [...now, done]);
      } catch (error) {
        tellFailure(error);
      }
      setLoading((now) => now - 1);
    }
  };
  const remove = (id: string) => setFiles((now) => now.filter((one) => one.id !== id));
  return { files, busy: loading > 0, add, remove, clear: () => setFiles([]) };
}
export type Attached = ReturnType<typeof useAttach>;

export function AttachButton({ attach }: { attach: Attached }) {
  const input = useRef<HTMLInputElement>(null);
  const pick = (event: ChangeEvent<HTMLInputElement>) => {
    void attach.add([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = '';
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden accept={ACCEPT} tabIndex={-1} aria-hidden onChange={pick} />
      <ActionIcon variant="default" size="md" loading={attach.busy} aria-label="Attach files" title="Attach files" onClick={() => input.current?.click()}><IconPaperclip size={16} aria-hidden /></ActionIcon>
    </>
  );
}

export function AttachList({ attach }: { attach: Attached }) {
  return (
    <div role="status" aria-label="Attached files">
      {attach.files.length > 0 && (
        <ul className={css.files}>
          {attach.files.map((file) => (
            <li key={file.id} className={css.file}>
              <span className={css.fileName} dir="auto">{file.name}</span> <span className={css.who}>{size(file.bytes)}</span>
              <CloseButton size="xs" aria-label={`Take ${file.name} away`} onClick={() => attach.remove(file.id)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
