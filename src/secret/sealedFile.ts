// Files that hold a secret: a JSON record, sealed with a passphrase in the age format (scrypt), armoured.
// Source: age-encryption.org/v1 (C2SP), by the npm package age-encryption.
// A sealed file is as strong as its passphrase; an unsealed one only as strong as the file system's permissions.

import { readFile, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FileToWrite, writeFilesTogether } from '../data/files.ts'
import { settleIn } from '../data/workspace.ts'
import { FrostglassError } from '../errors.ts'

/** How the file is closed: with a passphrase, or, only when said so, not at all. */
export type Seal =
  | {
      readonly passphrase: string /** log2 of scrypt's cost, 18 at most (about a second, 256 MiB), and if absent. */
      readonly workFactor?: number | undefined
    }
  | { readonly unsealed: true }

/** A passphrase, or what asks for it. */
export type Passphrase = string | (() => Promise<string>)

/** Where a note begins that stands behind a sealed record, in the clear. */
const noteMark = '-----NOTE-----\n'

/** The record's part of a file, and the note behind it; '' where there is none. */
function taken(text: string): { readonly record: string; readonly note: string } {
  const at = text.indexOf(noteMark)
  return at < 0
    ? { record: text, note: '' }
    : { record: text.slice(0, at), note: text.slice(at + noteMark.length) }
}

/**
 * Writes a record with mode 0600, whole or not at all.
 * @throws FrostglassError `usage` for an empty passphrase and when the file exists without `force`; `io`.
 */
export async function writeSealedFile(
  path: string,
  record: object,
  seal: Seal & {
    readonly force?: boolean | undefined
    /** Behind it, in the clear. */
    readonly note?: string | undefined
    /** Files without which it is of no use: all are written, or none. */
    readonly together?: readonly FileToWrite[] | undefined
  },
): Promise<void> {
  const text = `${JSON.stringify(record, null, 2)}\n`
  const contents = 'passphrase' in seal ? await sealed(text, seal.passphrase, seal.workFactor) : text
  await write(path, contents, seal.note ?? '', seal.force ?? false, seal.together)
}

/**
 * Writes another note behind a record, which stays as it is: no passphrase is needed. Who may write at the same time waits outside.
 * @throws FrostglassError `io`
 */
export async function writeNote(path: string, change: (note: string) => string): Promise<void> {
  const { record, note } = taken(await readText(path, 'what made it'))
  // The file itself, where the name is a link to it.
  await write(await realpath(path), record, change(note), true)
}

function write(
  path: string,
  record: string,
  note: string,
  force: boolean,
  together: readonly FileToWrite[] = [],
): Promise<void> {
  const end = record.endsWith('\n') ? '' : '\n'
  const contents = note === '' ? record : `${record}${end}${noteMark}${note}`
  return writeFilesTogether([{ path, bytes: contents, mode: 0o600 }, ...together], { force })
}

/**
 * Reads a record, sealed or not, and the note behind it, '' where there is none. What they are, the caller checks.
 * @param maker the command that writes such files, for messages
 * @param passphrase asked only when the file is sealed.
 * @throws FrostglassError `key` for a wrong passphrase, a truncated or damaged file;
 * `io` when it cannot be read; `usage` when it is sealed and no passphrase is given.
 */
export async function readSealedFile(
  path: string,
  maker: string,
  passphrase?: Passphrase,
): Promise<{ readonly record: unknown; readonly note: string }> {
  const { record, note } = taken(await readText(path, maker))
  const json = record.startsWith('{') ? record : await opened(path, record, maker, passphrase)
  return { record: parsed(path, json), note }
}

function readText(path: string, maker: string): Promise<string> {
  const wrote = `Name the file that \`${maker}\` wrote.`
  settleIn(dirname(path))
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EISDIR')
      throw new FrostglassError('key', `${path} is a folder, not a key file`, wrote, cause)
    const missing = cause.code === 'ENOENT'
    throw new FrostglassError(
      'io',
      missing ? `there is no key file ${path}` : `cannot read the key file ${path}`,
      missing ? wrote : 'Check its permissions.',
      cause,
    )
  })
}

async function sealed(text: string, passphrase: string, workFactor: number | undefined): Promise<string> {
  if (passphrase === '') {
    throw new FrostglassError('usage', 'the passphrase is empty', 'Give one, or say --unsealed.')
  }
  if (workFactor !== undefined && !(workFactor >= 1 && workFactor <= mostWork))
    throw new RangeError(`expected a work factor of scrypt from 1 to ${mostWork}, got ${workFactor}`)
  const { armor, Encrypter } = await age()
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  if (workFactor !== undefined) encrypter.setScryptWorkFactor(workFactor)
  return armor.encode(await encrypter.encrypt(text))
}

async function opened(
  path: string,
  text: string,
  maker: string,
  passphrase: Passphrase | undefined,
): Promise<string> {
  if (!text.startsWith('-----BEGIN AGE')) {
    throw new FrostglassError('key', `${path} is not a key file`, `Take the file that \`${maker}\` wrote.`)
  }
  if (passphrase === undefined) {
    throw new FrostglassError(
      'usage',
      `${path} is sealed with a passphrase, and none was given`,
      'Give --passphrase-file, or set FROSTGLASS_PASSPHRASE.',
    )
  }
  const damaged = (cause: unknown) =>
    new FrostglassError('key', `${path} is truncated or damaged`, 'Restore the key from a backup.', cause)
  const { armor, Decrypter } = await age()
  let bytes: Uint8Array
  try {
    bytes = armor.decode(text)
  } catch (cause) {
    throw damaged(cause)
  }
  const work = workFactorOf(bytes)
  if (work > mostWork)
    throw new FrostglassError(
      'key',
      `${path} asks for 2^${work} rounds of scrypt, and no file of ours for more than 2^${mostWork}: it is damaged`,
      'Restore the key from a backup.',
    )
  const decrypter = new Decrypter()
  decrypter.addPassphrase(typeof passphrase === 'string' ? passphrase : await passphrase())
  try {
    return await decrypter.decrypt(bytes, 'text')
  } catch (cause) {
    // The one message that age gives when the header is whole and the passphrase does not open it.
    if (cause instanceof Error && cause.message.startsWith('no identity matched')) {
      throw new FrostglassError(
        'key',
        `the passphrase does not open ${path}`,
        'Check the passphrase; there is no other way to open the key.',
        cause,
      )
    }
    throw damaged(cause)
  }
}

/** log2 of the rounds that a sealed file asks for, each a KiB of memory; 0 where it says nothing. */
function workFactorOf(bytes: Uint8Array): number {
  // What the header says is believed only when the key has been derived: by then the memory is taken.
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1')
  return Number(/\n-> scrypt \S+ (\d+)\n/.exec(head)?.[1] ?? 0)
}

/** More than what we write, nobody is made to spend: 2^18 rounds take 256 MiB, 2^20 a gigabyte. */
const mostWork = 18

// Loaded when a key is sealed: 80 of the 450 ms that a command takes to start.
function age(): Promise<typeof import('age-encryption')> {
  return import('age-encryption')
}

function parsed(path: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Without the cause: a parser's message quotes the text, and the text holds the secret.
    throw new FrostglassError(
      'key',
      `${path} is truncated or damaged: it is not JSON`,
      'Restore the key from a backup.',
    )
  }
}
