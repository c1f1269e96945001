// The command line of frostglass certify issue | check | drift: what released codes tell of a hidden attribute, at most.
// Source: ours; what it does stands in ../commands/certify.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { CheckOptions, DriftOptions, IssueOptions } from '../commands/certify.ts'
import { percentage, positiveNumber, wholeNumber, withForce, withForm, withJson } from './options.ts'

/** The command tree of `frostglass certify`. */
export function certifyCommand(signal: AbortSignal): Command {
  const certify = new Command('certify').description(
    'bound what released codes tell of a hidden attribute, for every attacker: a certificate that anybody can compute again',
  )
  for (const command of [issueCommand(signal), checkCommand(), driftCommand(signal)])
    certify.addCommand(command)
  return certify
}

function issueCommand(signal: AbortSignal): Command {
  const command = new Command('issue')
    .description(
      'certify the codes of calibration units: nothing was learned, merged or chosen from them, and the pane was fixed before',
    )
    .argument('<codes>', 'a table with a row a release: its code, what is hidden, whose it is')
    .requiredOption('--hide <column>', 'the hidden attribute')
    .requiredOption(
      '--unit <name>',
      'what is drawn independently: row, or the column that says whose a row is (a person, a recording, a session)',
    )
    .requiredOption('--out <file>', 'where to write the certificate, .json')
    .option('--code <column>', 'the released codes, whole numbers from 0', 'code')
    .option('--label <column>', 'the true label, which the service may know: gives the floor and the excess')
    .option('--shared', 'a unit has several rows, of whatever dependence: they share its weight')
    .option('--stratified', 'so many units were taken from each user or class, not at random from all')
    .option('--delta <number>', 'how often the limit may be wrong', positiveNumber, 0.001)
    .option(
      '--candidates <number>',
      'panes, codebooks and channels certified on these units, this one among them',
      wholeNumber(1),
      1,
    )
    .option(
      '--attributes <number>',
      'attributes certified on these units, this one among them',
      wholeNumber(1),
      1,
    )
    .option('--policy <percent>', 'an attacker may be right so often at most', percentage)
    .option(
      '--accuracy <percent>',
      'what the service needs, for the question whether any pane can keep the policy',
      percentage,
    )
    .option(
      '--learned-from <file>',
      'codes of the units that were learned from, in the same columns: none may come again',
    )
    .option(
      '--channel <file>',
      'a random release: JSON with the law over outputs of each code, under "channel"',
    )
    .option(
      '--releases <number>',
      'certify up to so many releases of one person together; with --shared, of one unit',
      wholeNumber(1),
    )
    .option(
      '--person <column>',
      'with --releases: whose a row is, if a person’s rows are independent of each other',
    )
    .option('--pane <file>', 'the pane that was fixed: its checksum is named')
    .option('--codebook <file>', 'its codebook: named, and what it was made from must not be calibrated on')
  withJson(withForce(withForm(command)))
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass certify issue codes.csv --hide sex --label income --unit row --out certificate.json
  $ frostglass certify issue codes.csv --hide slant --label digit --unit writer --policy 45.5 \\
      --learned-from training-codes.csv --candidates 3 --out certificate.json
  $ frostglass certify issue windows.csv --hide sex --unit person --shared --releases 5 \\
      --out certificate.json

Nothing is written where the policy is exceeded or infeasible, or the units are too few: exit 3.
The limit is about the law of these units: an average over people, one attribute, one release
(or as many as --releases). It says nothing of an attribute that it does not name.`,
  )
  return command.action(async (path: string, options: IssueOptions) =>
    (await import('../commands/certify.ts')).issue(path, options, signal),
  )
}

function checkCommand(): Command {
  const command = new Command('check')
    .description('compute a certificate again from its tables, and refuse it where any number is another')
    .argument('<certificate>', 'a certificate')
    .option('--pane <file>', 'the pane in use: it must be the one that was certified')
    .option('--codebook <file>', 'the codebook in use')
    .option('--channel <file>', 'the channel in use')
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass certify check certificate.json
  $ frostglass certify check certificate.json --pane pane.onnx --codebook codebook.json`,
  )
  return command.action(async (path: string, options: CheckOptions) =>
    (await import('../commands/certify.ts')).check(path, options),
  )
}

function driftCommand(signal: AbortSignal): Command {
  const command = new Command('drift')
    .description(
      'tell whether codes in use still come as they did in calibration (chi-square, one false alarm in a thousand): exit 3 if not',
    )
    .argument('<certificate>', 'a certificate')
    .argument('<codes>', 'a table with a row a release in use, of units that are independent of each other')
    .option('--code <column>', 'the released codes', 'code')
  withJson(withForm(command))
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass certify drift certificate.json last-week.csv
  $ frostglass certify drift certificate.json last-week.csv --json`,
  )
  return command.action(async (certificate: string, path: string, options: DriftOptions) =>
    (await import('../commands/certify.ts')).drift(certificate, path, options, signal),
  )
}
