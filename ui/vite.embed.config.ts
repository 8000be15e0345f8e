import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One self-contained classic script, so that a web site needs one tag and nothing else.
export default defineConfig({
  resolve: { alias: { '@': here('./src') } },
  publicDir: false,
  build: {
    target: 'es2020',
    emptyOutDir: false,
    lib: { entry: here('./src/chat/embed.ts'), formats: ['iife'], name: 'BatonChat', fileName: () => 'embed.js' },
  },
});
