// frostglass reproduce: the papers' tables and figures, measured again.
// The experiments lie in a clone beside the sources (experiments/), not in the published package: figures, papers and results
// are nothing that a program needs.

import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { FrostglassError } from '../../errors.ts'

const inClone = new URL('../../../experiments/reproduceCommand.ts', import.meta.url)

/** The command `frostglass reproduce`; where the experiments are not, one that says where they are. */
export async function loadReproduceCommand(): Promise<(signal: AbortSignal) => Command> {
  if (existsSync(inClone)) {
    const { reproduceCommand } = (await import(inClone.href)) as {
      readonly reproduceCommand: (signal: AbortSignal) => Command
    }
    return reproduceCommand
  }
  return () =>
    new Command('reproduce')
      .description('measure a paper’s figures again: in a clone of the repository')
      .argument('[paper]')
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new FrostglassError(
          'usage',
          'the papers’ experiments are not part of the installed package',
          'Clone the repository, run npm ci in it, and give the same command there with npx frostglass.',
        )
      })
}
