// The bytes of tensors that lie in files beside a model, put into the parsed model; on Node.
// Source: "External data" of the ONNX IR specification: location, offset, length.
// Only regular files whose real path lies in the model's folder are opened, and only what a tensor's shape asks for is read.

import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { elementsPerByte } from '../narrow.ts'
import { dtypeOfOnnx } from '../operators/cast.ts'
import { arrayOf } from '../tensor.ts'
import { externalPlace } from './_tensor.ts'
import { type TensorProto, TensorProto_DataLocation } from './onnx_pb.js'
import type { ParsedModel } from './parse.ts'
import { outsideTensors } from './tensors.ts'

/** A part of a file that tensors lie in. */
interface Part {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

/** A file beside the model, with what was read of it. */
interface OpenFile {
  readonly handle: FileHandle
  readonly size: number
  readonly parts: Map<string, Part>
}

/**
 * Reads what the model's tensors have in files beside it, each part once.
 * @param root where links may lead, instead of the model's own folder
 * @throws FrostglassError `input` for names that lead outside, for what is no regular file, and for parts that are not there,
 * do not fit their tensor, or overlap.
 */
export async function loadExternal(
  path: string,
  proto: ParsedModel,
  root: string | undefined,
): Promise<void> {
  const outside = outsideTensors(proto)
  if (outside.length === 0) return
  const files = new Map<string, OpenFile>()
  try {
    const folder = dirname(path)
    const within = await realpath(root ?? folder)
    for (const t of outside) {
      const what = `${path}: tensor '${t.name}'`
      const place = externalPlace(t, what)
      let file = files.get(place.location)
      if (!file) {
        file = await openBeside(folder, within, place.location, what)
        files.set(place.location, file)
      }
      t.rawData = await readPart(file, place, bytesOf(t, what), what)
      t.dataLocation = TensorProto_DataLocation.DEFAULT
      t.externalData = []
    }
    for (const [name, { parts }] of files) refuseOverlaps(path, name, [...parts.values()])
  } finally {
    for (const { handle } of files.values()) await handle.close()
  }
}

/** How many bytes a tensor's shape asks for. */
function bytesOf(t: TensorProto, what: string): number {
  const dtype = dtypeOfOnnx(t.dataType, what)
  if (dtype === 'string') throw new FrostglassError('unsupported', `${what} holds strings`)
  const elements = t.dims.reduce((n, d) => n * Number(d), 1)
  const size = Math.ceil((elements * arrayOf(dtype).BYTES_PER_ELEMENT) / elementsPerByte(dtype))
  if (Number.isSafeInteger(size) && t.dims.every((d) => d >= 0n)) return size
  throw new FrostglassError(
    'input',
    `${what} claims the shape [${t.dims}]`,
    'Copy or export the model again: it is damaged.',
  )
}

const distrust = 'Do not trust this model.'

async function openBeside(folder: string, within: string, name: string, what: string): Promise<OpenFile> {
  const leaves =
    name === '' ||
    isAbsolute(name) ||
    win32.isAbsolute(name) ||
    /^[a-z]:|[\\\0]|(^|\/)\.\.?(\/|$)/i.test(name)
  if (leaves) {
    throw new FrostglassError(
      'input',
      `${what} wants external data from ${JSON.stringify(name)}, which does not plainly name a file in the model's own folder`,
      distrust,
    )
  }
  const missing = (cause?: unknown) =>
    new FrostglassError(
      'input',
      `${what} lies in the file '${name}', which is not beside the model`,
      'Copy that file into the folder of the model.',
      cause,
    )
  let real: string
  try {
    real = await realpath(join(folder, name))
  } catch (cause) {
    throw missing(cause)
  }
  const way = relative(within, real)
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new FrostglassError(
      'input',
      `${what} lies in the file '${name}', a link that leads outside ${within}`,
      'Copy the file to the model, or name a root that both lie in.',
    )
  }
  const irregular = () =>
    new FrostglassError('input', `${what} lies in '${name}', which is no regular file`, distrust)
  try {
    const before = await stat(real)
    if (!before.isFile()) throw irregular()
    // Not to wait for what became a pipe meanwhile; and what is open is what was looked at.
    const handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const now = await handle.stat()
    if (now.isFile() && now.ino === before.ino && now.dev === before.dev)
      return { handle, size: now.size, parts: new Map() }
    await handle.close()
    throw irregular()
  } catch (cause) {
    throw cause instanceof FrostglassError ? cause : missing(cause)
  }
}

async function readPart(
  { handle, size, parts }: OpenFile,
  place: { readonly location: string; readonly offset: number; readonly length: number | undefined },
  wanted: number,
  what: string,
): Promise<Uint8Array> {
  const { location, offset } = place
  const length = place.length ?? size - offset
  const to = offset + length
  if (!(length >= 0 && to <= size)) {
    throw new FrostglassError(
      'input',
      `${what}: bytes ${offset} to ${to} of '${location}' are not there (it has ${size})`,
      'Copy it again: the file is cut short.',
    )
  }
  if (length !== wanted) {
    throw new FrostglassError(
      'input',
      `${what} takes ${wanted} bytes, but ${length} of '${location}' are named for it`,
      'Copy or export the model again: it is damaged.',
    )
  }
  const key = `${offset} ${to}`
  const known = parts.get(key)
  if (known) return known.bytes
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
    if (bytesRead === 0) {
      throw new FrostglassError('input', `${what}: '${location}' became shorter while it was read`, distrust)
    }
    done += bytesRead
  }
  parts.set(key, { from: offset, to, bytes })
  return bytes
}

/** The same part may serve several tensors; parts that overlap ask for more memory than there are bytes. */
function refuseOverlaps(path: string, name: string, parts: Part[]): void {
  const sorted = parts.filter((p) => p.to > p.from).toSorted((a, b) => a.from - b.from)
  const at = sorted.findIndex((p, i) => i > 0 && p.from < sorted[i - 1]!.to)
  if (at < 0) return
  throw new FrostglassError(
    'input',
    `${path}: tensors share bytes of '${name}' in part, from ${sorted[at]!.from} on`,
    distrust,
  )
}
