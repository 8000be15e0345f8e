// One tag on a client's site opens the chat there:
//   <script src="https://baton.example/chat/embed.js" data-client="larkspur-home"></script>
// Optional: data-title, data-lang, data-name (the signed-in customer's name).
import { mountChat } from './mount';

const tag = document.currentScript as HTMLScriptElement | null;

function start(script: HTMLScriptElement) {
  const { client, title, lang, name } = script.dataset;
  if (!client) throw new Error('The chat needs data-client on its script tag.');
  const host = document.createElement('div');
  document.body.append(host);
  mountChat(host, {
    base: new URL(script.src).origin,
    client,
    locale: lang ?? (document.documentElement.lang || navigator.language),
    title: title ?? 'Chat',
    name,
    shape: 'bubble',
  });
}

if (tag) {
  if (document.body) start(tag);
  else document.addEventListener('DOMContentLoaded', () => start(tag));
}
