// Options of frostglass obfuscate train --kind code: what is asked, what stays hidden, and how it is certified.
// Source: ours; what it does stands in ../commands/obfuscateCode.ts.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { percentage, positiveNumber, wholeNumber, withReading } from './options.ts'

/** Adds the options of code panes. */
export function withCodes(command: Command): Command {
  return withReading(
    command
      .option(
        '--hide <names...>',
        'code: what is to stay hidden: slant, thickness, colour, folder, an attribute, or a column of a table',
      )
      .option('--label <name>', 'code: what the service asks (default: the folder that an image lies in)')
      .option(
        '--unit <name>',
        'code: whose a row is: an attribute or a column (default: every row is a unit of its own)',
      )
      .option('--attributes <csv>', 'code: attributes of images, a column each, beside a column “file”')
      .option(
        '--codes <count>',
        'code: how many (default: one a label); the price of more is printed',
        wholeNumber(2, 100_000),
      )
      .option('--beta <weight>', 'code: what merging cells weighs the hidden attribute by', nonNegative, 1)
      .option(
        '--lambda <weight>',
        'code: of the leak in training; 0 looks at no attribute (try 0.5)',
        nonNegative,
        0,
      )
      .addOption(
        new Option('--penalty <kind>', 'code: the leak that --lambda weighs, of noisy z or of soft codes')
          .choices(['kernel', 'codes'])
          .default('kernel'),
      )
      .addOption(
        new Option('--shares <parts>', 'code: train/validation/calibration/attack, in units')
          .argParser(shares)
          .default(undefined, '40/5/35/20'),
      )
      .option('--delta <number>', 'code: how often the certificate may be wrong', positiveNumber, 0.001)
      .option(
        '--candidates <count>',
        'code: panes that you try on these data before you keep one: the certificate holds for the best',
        wholeNumber(1),
        1,
      )
      .option(
        '--releases <most>',
        'code: rows of one unit that may be released: what up to so many tell together is certified, too',
        wholeNumber(1),
      )
      .option('--policy <percent>', 'code: an attacker may be right so often at most', percentage)
      .option(
        '--accuracy <percent>',
        'code: give up what lies above it for privacy: codes are released at random, by a linear programme',
        percentage,
      ),
  )
}

/** The names of these options. */
export const codeOptions = [
  'hide',
  'label',
  'unit',
  'attributes',
  'codes',
  'beta',
  'lambda',
  'penalty',
  'shares',
  'delta',
  'candidates',
  'releases',
  'policy',
  'accuracy',
  'missing',
  'nullText',
  'header',
  'format',
  'delimiter',
  'decimalComma',
  'textEncoding',
  'comment',
  'skip',
]

/** For the help of the command. */
export const codeExamples = `  $ frostglass obfuscate train --kind code --data mnist --test mnist --hide slant --out bundle
  $ frostglass obfuscate train --kind code --data adult.csv --label income --hide sex \\
      --lambda 0.5 --policy 60 --out bundle

A code pane sends one of few numbers for a row, and what any attacker can tell from it is bounded:
rows are split by unit, the calibration part is opened once, when pane and codes are fixed, and
its certificate is in the bundle. Nothing is written where the policy is exceeded or infeasible,
or there are too few units: exit 3. frostglass certify check computes a certificate again.`

function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Expected a number of at least 0.')
}

function shares(text: string) {
  const values = text.split('/').map(nonNegative)
  if (values.length !== 4) throw new InvalidArgumentError('Expected four numbers, such as 40/5/35/20.')
  const [train, validation, calibration, attackTest] = values as [number, number, number, number]
  return { train, validation, calibration, attackTest }
}
