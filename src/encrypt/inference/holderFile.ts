// The key holder's file: secret keys and the card of the model that they are for, sealed with a passphrase (Node).
// Source: secret/sealedFile.ts (the age format).

import { FrostglassError } from '../../errors.ts'
import { type Passphrase, readSealedFile, type Seal, writeSealedFile } from '../../secret/sealedFile.ts'
import { type KeyHolder, openKeyHolder } from './keyHolder.ts'

const format = 'frostglass encrypt key 1'
const maker = 'frostglass encrypt keygen'

/**
 * Writes a holder's secret with mode 0600, whole or not at all.
 * @throws FrostglassError `usage` for an empty passphrase and when the file exists without `force`; `io`
 */
export const writeHolderFile = (
  path: string,
  holder: KeyHolder,
  seal: Seal & { readonly force?: boolean },
): Promise<void> =>
  writeSealedFile(path, { format, secret: Buffer.from(holder.secret()).toString('base64') }, seal)

/**
 * Opens a holder's file. Close what it gives.
 * @param passphrase asked only when the file is sealed
 * @throws FrostglassError `key` for a wrong passphrase and a file that is damaged or none; `io`; `usage`
 */
export async function readHolderFile(path: string, passphrase?: Passphrase): Promise<KeyHolder> {
  const record = (await readSealedFile(path, maker, passphrase)) as Record<string, unknown> | null
  const secret = record?.['format'] === format ? record['secret'] : undefined
  if (typeof secret !== 'string')
    throw new FrostglassError('key', `${path} is no key of encrypted inference`, {
      hint: `name the file that \`${maker}\` wrote`,
    })
  try {
    return await openKeyHolder(new Uint8Array(Buffer.from(secret, 'base64')))
  } catch (cause) {
    // Without its words: they are of what lies within, which the user never saw.
    throw new FrostglassError('key', `${path} is damaged`, { hint: 'restore it from a backup', cause })
  }
}
