// The page that a service offers: the built site, the gallery's files, the runtime from the installed package.
// Source: docs/architecture.md#the-service-and-the-edge. In a clone the page is built when it is asked for; the package holds it built.
// Nothing on it comes from elsewhere: its policy (CSP) forbids what is not of this server.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context, Hono } from 'hono'
import { openImages } from '../data/index.ts'
import { FrostglassError } from '../errors.ts'
import { type Gallery, type GalleryOptions, openGallery } from './gallery.ts'
import { recordsOf, shownDigits } from './galleryDigits.ts'
import type { ModelShelf } from './galleryParts.ts'
import { gateScript } from './indexGate.ts'
import { openLadder } from './ladder.ts'
import { ladderScript } from './ladderPage.ts'
import { guardedPage, type Served, servedPage } from './servedPage.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Files of the built page, by path from `/`. */
type Site = ReadonlyMap<string, Uint8Array>

const runtime = 'ort-wasm-simd-threaded.wasm'

/**
 * Mounts the page and its gallery on a service, and begins to train. Answers the gallery at once.
 * @throws FrostglassError `unsupported` without `onnxruntime-web`, an optional peer of this package
 * @example extra: (app, service) => mountGallery(app, service, { signal })
 */
export function mountGallery(app: Hono, service: ModelShelf, options: GalleryOptions = {}): Gallery {
  const wasmPath = runtimePath()
  let wasm: Uint8Array | undefined
  const gallery = openGallery(service, options)
  app.get('/gallery/index.json', (c) => c.json(gallery.index(), 200, { 'cache-control': 'no-store' }))
  app.get('/gallery/digits', (c) => send(c, gallery.digits(), 'application/octet-stream', 'no-store'))
  app.get('/gallery/panes/:file', (c) => {
    const file = gallery.pane(c.req.param('file').replace(/\.onnx$/, ''))
    return file ? send(c, file, 'application/octet-stream', 'no-store') : c.notFound()
  })
  app.get(`/runtime/${runtime}`, (c) => {
    wasm ??= readFileSync(wasmPath)
    return send(c, wasm, 'application/wasm', 'max-age=3600')
  })
  const ladder = openLadder({ data: options.data ?? 'digits', limit: options.limits?.train }, options.signal)
  app.get('/codes', (c) => {
    c.header('content-security-policy', policy)
    c.header('cache-control', 'no-store')
    return c.html(ladder())
  })
  app.get('/codes.js', (c) =>
    c.body(ladderScript, 200, { 'content-type': types['.js']!, 'cache-control': 'no-cache' }),
  )
  mountSite(app, '/', '/index.html')
  return gallery
}

/**
 * Mounts the page of encrypted inference: it asks the service's encrypted models.
 * @param path of the page
 * @example extra: (app) => mountEncryptedPage(app, '/')
 */
export function mountEncryptedPage(app: Hono, path: string): void {
  let digits: Promise<Uint8Array> | undefined
  app.get('/encrypted/digits', async (c) => {
    digits ??= openImages('digits', { split: 'test', limit: shownDigits }).then(recordsOf)
    return send(c, await digits, 'application/octet-stream', 'max-age=3600')
  })
  app.get(`/runtime/${sealRuntime}`, (c) => send(c, sealBytes(), 'application/wasm', 'max-age=3600'))
  mountSite(app, path, '/encrypted.html')
}

/** Mounts a page of the built site, and what it loads. */
function mountSite(app: Hono, at: string, file: string): void {
  site ??= openSite()
  // The page tells why there is none; nobody else need know.
  site.catch(() => undefined)
  const page = async (c: Context) => {
    try {
      const files = await site!
      const path = c.req.path === at ? file : c.req.path
      const bytes = files.get(path)
      if (!bytes) return c.notFound()
      const cache = path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache'
      c.header('content-security-policy', policy)
      return send(c, bytes, types[extname(path)] ?? 'application/octet-stream', cache)
    } catch (error) {
      return c.text(`The page is not built: ${(error as Error).message}\n`, 503)
    }
  }
  app.get(at, page)
  app.get('/favicon.svg', page)
  app.get('/assets/:file', page)
}

const send = (c: Context, bytes: Uint8Array, type: string, cache: string) =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': type, 'cache-control': cache })

/**
 * Mounts a page that tells which models are served, for a service without the demo.
 * @param guarded whether the service has a token, for which the page then asks
 */
export function mountIndex(
  app: Hono,
  service: { models(): readonly Served[] },
  { path = '/', guarded = false } = {},
): void {
  const html = (c: Context, page: string) => {
    c.header('content-security-policy', policy)
    c.header('cache-control', 'no-store')
    return c.html(page)
  }
  const served = (c: Context) => html(c, servedPage(service.models(), new URL(c.req.url).origin, guarded))
  if (!guarded) return void app.get(path, served)
  app.get(path, (c) => html(c, guardedPage()))
  app.get('/served', served)
  app.get('/gate.js', (c) =>
    c.body(gateScript, 200, { 'content-type': types['.js']!, 'cache-control': 'no-cache' }),
  )
}

/** Whether a path is of a page's own files, which tell nothing of what is served: they come without the token, for which pages ask. */
export const isPageFile = (path: string): boolean =>
  /^\/(encrypted|models|gate\.js|favicon\.svg|assets\/[^/]+|runtime\/[^/]+)?$/.test(path)

const sealRuntime = 'seal_throws.wasm'

let sealWasm: Uint8Array | undefined
function sealBytes(): Uint8Array {
  sealWasm ??= readFileSync(fileURLToPath(new URL(sealRuntime, import.meta.resolve('node-seal'))))
  return sealWasm
}

/** The version that the built page speaks to, no other: its JavaScript lies in the page, its WebAssembly comes from the package. */
function runtimeVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  return manifest.peerDependencies['onnxruntime-web'] as string
}

/**
 * Where the runtime for browsers lies.
 * @throws FrostglassError `unsupported` where it is not installed: 139 MB that only this page needs.
 */
function runtimePath(): string {
  try {
    // `onnxruntime-web/wasm` is a file of the folder that holds the runtime.
    return fileURLToPath(new URL(runtime, import.meta.resolve('onnxruntime-web/wasm')))
  } catch (cause) {
    throw new FrostglassError(
      'unsupported',
      'the page needs ONNX Runtime for browsers, and it is not installed',
      `Install it: npm install onnxruntime-web@${runtimeVersion()}.`,
      cause,
    )
  }
}

/** Built or read once, for all pages. */
let site: Promise<Site> | undefined

/** The built page: from the package, or built now from the sources of a clone. */
async function openSite(): Promise<Site> {
  const clone = import.meta.url.endsWith('.ts')
  const built = fileURLToPath(new URL(clone ? '../../dist/site' : '../site', import.meta.url))
  if (clone) {
    const vite = await import('vite').catch(() => undefined)
    if (vite) return buildSite(vite)
  }
  if (!existsSync(join(built, 'index.html'))) {
    throw new Error(
      clone
        ? 'install the development dependencies (npm install) and start again, or run npm run build'
        : `${built} is not there: install frostglass again`,
    )
  }
  const files = new Map<string, Uint8Array>()
  for (const name of readdirSync(built, { recursive: true, encoding: 'utf8' })) {
    const path = join(built, name)
    if (statSync(path).isFile())
      files.set(`/${name.replaceAll('\\', '/')}`, new Uint8Array(readFileSync(path)))
  }
  return files
}

async function buildSite(vite: typeof import('vite')): Promise<Site> {
  const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const result = await vite.build({
    configFile: root('vite.site.config.ts'),
    logLevel: 'silent',
    build: { write: false },
  })
  if (!('output' in result)) throw new TypeError('expected one bundle')
  const files = new Map<string, Uint8Array>()
  const encoder = new TextEncoder()
  for (const part of result.output) {
    const content = part.type === 'chunk' ? part.code : part.source
    files.set(`/${part.fileName}`, typeof content === 'string' ? encoder.encode(content) : content)
  }
  for (const name of readdirSync(root('site/public'))) {
    files.set(`/${name}`, new Uint8Array(readFileSync(root(`site/public/${name}`))))
  }
  return files
}
