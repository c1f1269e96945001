// A module as a browser's bundler makes it: its code, minified, and what it still asks for.
// Source: vite, as those who use the edge would bundle it.

import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

export interface Bundled {
  readonly code: string
  /** Modules that are imported still. */
  readonly imported: ReadonlySet<string>
  /** Bytes, compressed. */
  readonly size: number
}

/** Bundles a module of `folder`. @param external what stays outside */
export async function bundled(
  folder: string,
  entry: string,
  external: (string | RegExp)[],
): Promise<Bundled> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: {
      write: false,
      minify: true,
      target: 'es2023',
      lib: { entry: resolve(folder, entry), formats: ['es'] },
      rollupOptions: { external },
    },
  })
  const outputs = Array.isArray(built) ? built.flatMap((b) => b.output) : []
  const code = outputs.map((part) => (part.type === 'chunk' ? part.code : '')).join('')
  const named = code.matchAll(/(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g)
  return { code, imported: new Set([...named].map((m) => m[1]!)), size: gzipSync(code).length }
}
