// Where a key's passphrase comes from: a file, the environment, or a question on the terminal. Never an argument.
// Source: proc(5): arguments are visible to every process of the machine.

import { readFile } from 'node:fs/promises'
import { FrostglassError } from '../errors.ts'

export interface PassphraseOptions {
  readonly passphraseFile?: string | undefined
}

/** The environment variable that may hold the passphrase. */
export const passphraseVariable = 'FROSTGLASS_PASSPHRASE'

/**
 * The passphrase: `--passphrase-file` (first line), then the environment, then a prompt on a terminal.
 * @param confirm asks twice, for a new key
 * @throws FrostglassError `usage` when there is none and nobody to ask.
 */
export async function readPassphrase(options: PassphraseOptions, confirm: boolean): Promise<string> {
  const passphrase = await find(options, confirm)
  if (passphrase === '') {
    throw new FrostglassError('usage', 'the passphrase is empty', 'Choose one, e.g. six random words.')
  }
  return passphrase
}

async function find(options: PassphraseOptions, confirm: boolean): Promise<string> {
  if (options.passphraseFile !== undefined) {
    try {
      return ((await readFile(options.passphraseFile, 'utf8')).split(/\r?\n/)[0] ?? '').trimEnd()
    } catch (cause) {
      throw new FrostglassError(
        'usage',
        `cannot read the passphrase file ${options.passphraseFile}`,
        'Check the path and its permissions.',
        cause,
      )
    }
  }
  const fromEnvironment = process.env[passphraseVariable]
  if (fromEnvironment !== undefined) return fromEnvironment
  if (!process.stdin.isTTY) {
    throw new FrostglassError(
      'usage',
      'the key is sealed with a passphrase, and there is no terminal to ask for it',
      `Give --passphrase-file FILE or set ${passphraseVariable}${confirm ? ', or write the key --unsealed' : ''}.`,
    )
  }
  const first = await ask('Passphrase of the key')
  if (confirm && (await ask('Once more')) !== first) {
    throw new FrostglassError('usage', 'the two passphrases differ', 'Try again.')
  }
  return first
}

async function ask(message: string): Promise<string> {
  // Loaded when somebody is to be asked: it is 5% of the time that a command takes to start.
  const { default: password } = await import('@inquirer/password')
  try {
    return await password({ message }, { output: process.stderr })
  } catch (cause) {
    // Ctrl-C reaches the prompt as a key, not as a signal.
    if ((cause as Error).name !== 'ExitPromptError') throw cause
    throw new FrostglassError('aborted', 'stopped: no passphrase was given', undefined, cause)
  }
}
