import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `SALLYPORT_DATA` names the data folder of a running agent: its API is asked over its own socket, without a sign-in. */
const folder = process.env['SALLYPORT_DATA'] ?? join(import.meta.dirname, '../../.sallyport/device');

const proxy = { '/v1': { target: { socketPath: join(folder, 'agent.sock'), host: 'agent', port: 80 } } };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The agent puts a fresh nonce in its place into each answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    // Browsers that know light-dark(), which the styles use as it is.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    host: '127.0.0.1',
    proxy,
  },
  preview: { host: '127.0.0.1', proxy },
});
