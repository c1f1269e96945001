// Bodies that are compressed: requests unpacked under a limit, answers packed for who can read them.
// Source: RFC 9110, 8.4 and 12.5.3; RFC 8878 (zstd). Work is done by the system's threads, not on the loop.
// Numbers in binary and ciphertexts hardly shrink: they go as they are.

import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { MiddlewareHandler } from 'hono'
import { type Deadline, inTime, tooLate } from './deadline.ts'
import { createFairLine } from './fairLine.ts'
import { Refusal } from './refusal.ts'

type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: promisify(zlib.gunzip) as Unpack,
  'x-gzip': promisify(zlib.gunzip) as Unpack,
  deflate: promisify(zlib.inflate) as Unpack,
  br: promisify(zlib.brotliDecompress) as Unpack,
  zstd: promisify(zlib.zstdDecompress) as Unpack,
}

/** Bodies that wait to be unpacked. One at a time: what is unpacked is in nobody's account until it is there. */
const line = createFairLine<PromiseWithResolvers<void>>()
let busy = false

function next(): void {
  const [first] = line.inOrder()
  busy = first !== undefined
  if (!first) return
  line.take([first])
  first.resolve()
}

/** How a body is packed; undefined where it is not. @throws Refusal 415 for a way that we do not read */
export function packingOf(header: string | undefined): string | undefined {
  const encoding = header?.trim().toLowerCase()
  if (!encoding || encoding === 'identity') return undefined
  if (Object.hasOwn(unpackers, encoding)) return encoding
  throw new Refusal(415, 'a body may be packed once, by gzip, deflate, br or zstd; send it so, or as it is')
}

/**
 * Unpacks a body.
 * @param most bytes that may come of it
 * @param client whose it is: those of several take turns
 * @throws Refusal 413 for more, 400 for what is damaged or cut short, 504 for what is late
 */
export async function unpacked(
  bytes: Uint8Array,
  packing: string,
  most: number,
  deadline: Deadline,
  client?: string,
): Promise<Uint8Array> {
  const turn = Promise.withResolvers<void>()
  line.add(client, turn)
  if (!busy) next()
  const unpack = async () => {
    await turn.promise
    if (performance.now() > deadline.at) throw tooLate(deadline)
    return unpackers[packing]!(bytes, { maxOutputLength: most })
  }
  const work = unpack().finally(next)
  try {
    return await inTime(work, deadline)
  } catch (error) {
    if (error instanceof Refusal) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Refusal(413, `a body may have ${most} bytes, and more came out of this one`)
    throw new Refusal(400, `the body is not what ${packing} gives, or it is cut short`)
  }
}

/** Bytes from which an answer is worth it: less fits into one or two packets. */
const least = 2048
const textual = /^(application\/(json|wasm)|text\/|image\/svg)/
/** What stays the same as long as the process lives, and is packed once. */
const lasting = /^(application\/wasm|text\/(javascript|css)|image\/svg)/

/** Under which a context keeps the bytes of an answer's body, where they are known: small ones are left alone at once. */
export const sizeKnown = 'answerBytes'

/** Packs answers that are text or WebAssembly, for clients that say that they unpack them. */
export function packAnswers(): MiddlewareHandler {
  const kept = new Map<string, Promise<Uint8Array>>()
  return async (c, next) => {
    await next()
    const accepted = c.req.header('accept-encoding')
    if (((c.get(sizeKnown) as number | undefined) ?? least) < least) return
    if (accepted === undefined || c.req.method === 'HEAD' || c.res.status !== 200) return
    const type = c.res.headers.get('content-type') ?? ''
    if (!textual.test(type) || c.res.headers.has('content-encoding')) return
    const whole = lasting.test(type)
    const packing = packingFor(accepted, whole)
    if (!packing) return
    const { headers } = c.res
    const bytes = new Uint8Array(await c.res.arrayBuffer())
    const key = `${packing} ${c.req.path} ${bytes.length}`
    let work = kept.get(key)
    if (!work) {
      work = bytes.length < least ? Promise.resolve(bytes) : packed(bytes, packing, whole)
      if (whole) kept.set(key, work)
    }
    const small = await work
    const answer = new Headers(headers)
    answer.append('vary', 'accept-encoding')
    if (small !== bytes && bytes.length >= least) answer.set('content-encoding', packing)
    answer.delete('content-length')
    c.res = undefined
    c.res = new Response(small as Uint8Array<ArrayBuffer>, { status: 200, headers: answer })
  }
}

/** The way that a client reads and that suits: small for what is kept, quick for what is not. */
function packingFor(accepted: string, whole: boolean): 'br' | 'gzip' | undefined {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((part) => part.trim().split(/\s*;\s*/))
      .filter(([, q]) => q === undefined || !/^q=0(\.0*)?$/.test(q))
      .map(([name]) => name),
  )
  const wanted = whole ? (['br', 'gzip'] as const) : (['gzip', 'br'] as const)
  return wanted.find((name) => taken.has(name))
}

const brotli = promisify(zlib.brotliCompress)
const gzip = promisify(zlib.gzip)

function packed(bytes: Uint8Array, packing: 'br' | 'gzip', whole: boolean): Promise<Uint8Array> {
  if (packing === 'gzip') return gzip(bytes, { level: whole ? 6 : 1 })
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants
  const params = { [BROTLI_PARAM_QUALITY]: whole ? 5 : 1, [BROTLI_PARAM_SIZE_HINT]: bytes.length }
  return brotli(bytes, { params })
}
