// How the page is built and served while developing. The build goes to dist/ with hashed names and
// compressed twins; `vite dev` hands API and tile requests to a running server (GEOCRM_SERVER).
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './build/compressed.ts';

const server = process.env['GEOCRM_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'maplibre', test: /node_modules[\\/]maplibre-gl/ },
            { name: 'draw', test: /node_modules[\\/]terra-draw/ },
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: 'mantine', test: /node_modules[\\/]@mantine/ },
            { name: 'tanstack', test: /node_modules[\\/]@tanstack/ },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api', '/tiles', '/health'].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
});
