// Bundles the page as an application would and serves it from memory on the loopback interface.
// Source: Vite's build API; cross-origin isolation as in the HTML standard (threads in WebAssembly need it).
// For tests. It notes which modules of ours ask for Node, since a bundler replaces those silently.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, relative, resolve } from 'node:path'
import { build, type Plugin } from 'vite'

/** The bundle, by path from `/`. */
export interface Bundle {
  readonly files: ReadonlyMap<string, Uint8Array | string>
  /** `module imports name` for every import of a `node:` module or of the native runtime that reached the bundle. */
  readonly nodeImports: readonly string[]
}

const root = import.meta.dirname

/** Builds a folder's index.html and all it needs. */
export async function bundle(folder: string = root): Promise<Bundle> {
  const nodeImports: string[] = []
  const watch: Plugin = {
    name: 'note-node-imports',
    enforce: 'pre',
    resolveId(source, importer) {
      const ours = importer !== undefined && !importer.includes('node_modules')
      if (ours && (source.startsWith('node:') || source === 'onnxruntime-node')) {
        nodeImports.push(`${relative(resolve(root, '../..'), importer)} imports ${source}`)
      }
      return null
    },
  }
  const built = await build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    plugins: [watch],
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  })
  if (!('output' in built)) throw new TypeError('expected one bundle')
  const files = new Map<string, Uint8Array | string>()
  for (const part of built.output)
    files.set(`/${part.fileName}`, part.type === 'chunk' ? part.code : part.source)
  return { files, nodeImports }
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves a bundle until `close`. `isolated` pages may have threads. */
export async function serve({ files }: Bundle): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = files.get(path === '/' ? '/index.html' : path)
    if (body === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      'content-type': types[extname(path) || '.html'] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    response.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
