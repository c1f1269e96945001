// The key holder's file (Node): secret keys, card and references, sealed with a passphrase; behind them what was asked and read.
// Source: secret/sealedFile.ts (the age format); keyState.ts. The state is in the clear and authenticated by HMAC-SHA-256 under the key.
// Who puts an older copy of the file back sets its count back: nothing here notices.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FileToWrite } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import {
  type Passphrase,
  readSealedFile,
  type Seal,
  writeNote,
  writeSealedFile,
} from '../../secret/sealedFile.ts'
import { withFileLock } from './fileLock.ts'
import { type KeyHolder, openKeyHolder } from './keyHolder.ts'
import { freshState, type KeyState, readState } from './keyState.ts'

const format = 'frostglass encrypt key 2'
const before = 'frostglass encrypt key 1'
const maker = 'frostglass encrypt keys'

/**
 * Writes a holder's secret with mode 0600, whole or not at all.
 * @throws FrostglassError `usage` for an empty passphrase and when the file exists without `force`; `io`
 */
export function writeHolderFile(
  path: string,
  holder: KeyHolder,
  seal: Seal & {
    readonly force?: boolean | undefined
    readonly together?: readonly FileToWrite[] | undefined
  },
): Promise<void> {
  const secret = holder.secret()
  const record = { format, secret: Buffer.from(secret).toString('base64') }
  return writeSealedFile(path, record, { ...seal, note: noteOf(secret, holder.state) })
}

/**
 * Opens a holder's file, and keeps its state in it: a question or a reading is there before it is done. Close what it gives.
 * @param passphrase asked only when the file is sealed
 * @throws FrostglassError `key` for a wrong passphrase and a file that is damaged, of an earlier version, or none; `io`; `usage`
 */
export async function openHolderFile(path: string, passphrase?: Passphrase): Promise<KeyHolder> {
  const read = await readSealedFile(path, maker, passphrase)
  const record = read.record as Record<string, unknown> | null
  if (record?.['format'] === before)
    throw new FrostglassError(
      'key',
      `${path} is a key of an earlier version`,
      `Draw a new one, \`${maker}\`: its answers could give it away, and those of its service the service's weights.`,
    )
  const text = record?.['format'] === format ? record['secret'] : undefined
  if (typeof text !== 'string')
    throw new FrostglassError(
      'key',
      `${path} is no key of encrypted inference`,
      `Name the file that \`${maker}\` wrote.`,
    )
  const secret = new Uint8Array(Buffer.from(text, 'base64'))
  const damaged = (cause?: unknown) =>
    new FrostglassError('key', `${path} is damaged`, 'Restore it from a backup.', cause)
  const stateOf = (note: string): KeyState => {
    const state = stateIn(secret, note)
    if (!state) throw damaged()
    return state
  }
  const state = stateOf(read.note)
  const keep = (change: (newest: KeyState) => KeyState) =>
    withFileLock(path, () => writeNote(path, (note) => noteOf(secret, change(stateOf(note)))))
  try {
    return await openKeyHolder(secret, { state, keep })
  } catch (cause) {
    // Without its words: they are of what lies within, which the user never saw.
    throw damaged(cause)
  }
}

const tagOf = (secret: Uint8Array, json: string): Buffer =>
  createHmac('sha256', secret).update('frostglass/v1/key state\0').update(json).digest()

/** A line of JSON, and its tag. */
function noteOf(secret: Uint8Array, state: KeyState): string {
  const json = JSON.stringify(state)
  return `${json}\n${tagOf(secret, json).toString('hex')}\n`
}

/** Undefined for what was not written under this secret. */
function stateIn(secret: Uint8Array, note: string): KeyState | undefined {
  const [json = '', tag = ''] = note.split('\n')
  const [wanted, found] = [tagOf(secret, json), Buffer.from(tag, 'hex')]
  if (found.length !== wanted.length || !timingSafeEqual(found, wanted)) return undefined
  return json === '' ? freshState : readState(JSON.parse(json))
}
