import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.BATON_URL ?? 'http://127.0.0.1:8080';
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Two pages: the console (index.html) and the public chat (chat.html, served at /chat/{client}).
// The embed script is a third, separate build: see vite.embed.config.ts.
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    rolldownOptions: { input: { console: here('./index.html'), chat: here('./chat.html') } },
  },
  server: { proxy: { '/api': server, '/chat/v1': server, '/openapi.json': server, '/docs': server } },
});
