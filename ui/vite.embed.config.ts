import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The page around may have any encoding, or say none: the script is plain ASCII. */
const ascii: Plugin = {
  name: 'ascii',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
  },
};

// One self-contained classic script, so that a web site needs one tag and nothing else.
export default defineConfig({
  resolve: { alias: { '@': here('./src') } },
  plugins: [ascii],
  publicDir: false,
  build: {
    target: 'es2020',
    emptyOutDir: false,
    lib: { entry: here('./src/chat/embed.ts'), formats: ['iife'], name: 'BatonChat', fileName: () => 'embed.js' },
  },
});
