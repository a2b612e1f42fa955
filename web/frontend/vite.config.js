import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// One entry: pages load main.js, which fetches an island's chunk only where a page has that island.
// `base: './'` lets the chunks find each other wherever the application is mounted.
export default defineConfig({
  base: './',
  publicDir: false,
  resolve: { alias: { 'markdown-to-jsx/react': fileURLToPath(new URL('src/form/plain.js', import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL('../static/build', import.meta.url)),
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: 'src/main.js',
      // React's packages mark their modules 'use client'; bundled for a browser the mark means nothing.
      onwarn: (warning, warn) => { if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning) },
    },
  },
  css: {
    preprocessorOptions: {
      scss: {
        // Bootstrap 5.3 is written in Sass's older dialect; our own sheets are not.
        quietDeps: true,
        silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'],
      },
    },
  },
})
