// Builds the pages (site/) into dist/site. Scripts: npm run build; `frostglass serve --demo` in a clone builds it in memory.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const root = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * WebAssembly (14 MB of the runtime, 1.3 MB of SEAL) lies in the installed packages already, and the server hands it out
 * from there: the bundle names it, and holds no copy.
 */
const runtimeFromServer = (): Plugin => ({
  name: 'runtime-from-server',
  transform(code, id) {
    if (!/onnxruntime-web|node-seal/.test(id)) return null
    const served = code.replaceAll(
      /new URL\("((?:ort-wasm|seal_)[\w.-]+\.wasm)",\s*import\.meta\.url\)/g,
      (_, name) => `new URL("/runtime/${name}",location.href)`,
    )
    return { code: served, map: null }
  },
  generateBundle(_, bundle) {
    const copied = Object.keys(bundle).find((name) => name.endsWith('.wasm'))
    if (copied) this.error(`the bundle holds a copy of the runtime: ${copied}`)
  },
})

export default defineConfig({
  root: root('site'),
  plugins: [runtimeFromServer()],
  worker: { format: 'es', plugins: () => [runtimeFromServer()] },
  build: {
    outDir: root('dist/site'),
    rolldownOptions: { input: [root('site/index.html'), root('site/encrypted.html')] },
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // Everything is a file of its own, so that the page's policy can forbid what is inline.
    assetsInlineLimit: 0,
  },
})
