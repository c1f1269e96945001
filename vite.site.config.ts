// Builds the page (site/) into dist/site. Scripts: npm run build; `frostglass serve --demo` in a clone builds it in memory.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/**
 * The runtime's 14 MB of WebAssembly lie in the installed onnxruntime-web already, and the server hands them out from
 * there: the bundle names them, and holds no copy.
 */
const runtimeFromServer: Plugin = {
  name: 'runtime-from-server',
  transform(code, id) {
    if (!id.includes('onnxruntime-web')) return null
    const served = code.replaceAll(
      /new URL\("(ort-wasm-[\w.-]+\.wasm)",\s*import\.meta\.url\)/g,
      (_, name) => `new URL("/runtime/${name}",location.href)`,
    )
    return { code: served, map: null }
  },
  generateBundle(_, bundle) {
    const copied = Object.keys(bundle).find((name) => name.endsWith('.wasm'))
    if (copied) this.error(`the bundle holds a copy of the runtime: ${copied}`)
  },
}

export default defineConfig({
  root: fileURLToPath(new URL('site', import.meta.url)),
  plugins: [runtimeFromServer],
  // The page runs panes on WebAssembly alone: the runtime's other build, which the edge can load, stays out.
  resolve: { alias: { '#onnxruntime/webgpu': 'onnxruntime-web/wasm' } },
  build: {
    outDir: fileURLToPath(new URL('dist/site', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Everything is a file of its own, so that the page's policy can forbid what is inline.
    assetsInlineLimit: 0,
  },
})
