// The command line of frostglass anonymize faces: pictures of faces averaged until k people have the same.
// Source: ours; what it does stands in ../commands/anonymizeFaces.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { AnonymizeFacesOptions } from '../commands/anonymizeFaces.ts'
import { pictureSize } from './images.ts'
import { wholeNumber, withForce, withJson } from './options.ts'
import { commaSeparated } from './risk.ts'

/** The command `frostglass anonymize faces`. */
export function facesCommand(signal: AbortSignal): Command {
  const command = new Command('faces')
    .description(
      'publish pictures of faces: each is averaged with those of others, so that k people have the same pictures (k-same)',
    )
    .argument('<folder>', 'pictures of faces, upright and alike in size: PNG, JPEG, PGM and their kin')
    .requiredOption('--k <people>', 'every picture is that of so many people', wholeNumber(2))
    .requiredOption(
      '--person <column>',
      'whose a picture is: a column of --attributes; folder: a folder a person; picture: nobody has two',
    )
    .requiredOption('--out <folder>', 'where to write the pictures')
    .option(
      '--attributes <csv>',
      'a table with a column “file”, and a column for each that is told of a picture',
    )
    .option(
      '--select <names>',
      'columns of it to keep: only people who are alike in them are averaged',
      commaSeparated,
    )
    .addOption(
      new Option(
        '--space <name>',
        'pixels are compared and averaged, or coordinates on eigenfaces, which are vaguer',
      )
        .choices(['pixels', 'eigenfaces'])
        .default('pixels'),
    )
    .option('--size <pixels>', 'scale and crop pictures to 112 or 112x92 (height x width)', pictureSize)
  withJson(withForce(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass anonymize faces faces --k 5 --person folder --out published
  $ frostglass anonymize faces faces --k 5 --attributes people.csv --person subject \\
      --select glasses --out published

People are grouped, not pictures: the first picture of each of a group becomes one, the second
another, as far as the person with fewest goes. Names and order of what is written say nothing of
whose a picture was; attributes.csv beside it has what was kept. Nothing is aligned: where eyes do
not lie alike, averages have ghosts. That somebody is among the people is not hidden.`,
  )
  return command.action(async (folder: string, options: AnonymizeFacesOptions) =>
    (await import('../commands/anonymizeFaces.ts')).anonymizeFaces(folder, options, signal),
  )
}
