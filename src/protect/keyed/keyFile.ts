// Key files: the key's record as JSON, sealed with a passphrase.
// Source: secret/sealedFile.ts (the age format).
// A sealed file is as strong as its passphrase; an unsealed one only as strong as the file system's permissions.

import { readSealedFile, type Seal, writeSealedFile } from '../../secret/sealedFile.ts'
import { type Key, keyFrom, recordOf } from './key.ts'

/** What writes key files, for messages. */
const maker = 'frostglass key create'

/**
 * Writes a key with mode 0600, whole or not at all.
 * @throws FrostglassError `usage` for an empty passphrase and when the file exists without `force`; `io`.
 * @example await writeKeyFile('owner.key', key, { passphrase })
 */
export const writeKeyFile = (
  path: string,
  key: Key,
  seal: Seal & { readonly force?: boolean | undefined },
): Promise<void> => writeSealedFile(path, recordOf(key), seal)

/**
 * Reads a key file, sealed or not.
 * @param passphrase asked only when the file is sealed.
 * @throws FrostglassError `key` for a wrong passphrase, a truncated or damaged file and one that is not a key;
 * `io` when it cannot be read; `usage` when it is sealed and no passphrase is given.
 */
export async function readKeyFile(path: string, passphrase?: string | (() => Promise<string>)): Promise<Key> {
  const { record } = await readSealedFile(path, maker, passphrase)
  return keyFrom(record, path)
}
