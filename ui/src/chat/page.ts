// The page served at /chat/{client}. `?lang=de` sets the language, otherwise the browser does.
import { mountChat } from './mount';
import './page.css';

const client = decodeURIComponent(location.pathname.split('/').filter(Boolean)[1] ?? '');
const locale = new URLSearchParams(location.search).get('lang') ?? navigator.language;
const title = client.split(/[-_]/).map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join(' ');

document.documentElement.lang = locale;
document.title = title || 'Chat';
const host = document.getElementById('chat');
if (host && client) mountChat(host, { base: '', client, locale, title, shape: 'page' });
