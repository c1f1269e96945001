// The command line of frostglass audit, audit table, audit images and audit codes. Published tables and models have files of their own.
// Source: ours; what they do stands in the files of ../commands whose names begin with audit.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { AuditOptions } from '../commands/audit.ts'
import type { AuditCodesOptions } from '../commands/auditCodes.ts'
import type { AuditImagesOptions } from '../commands/auditImages.ts'
import type { AuditTableOptions } from '../commands/auditTable.ts'
import { exhibitsCommand } from './auditExhibits.ts'
import { membershipCommand } from './auditMembership.ts'
import { publishedCommand, syntheticCommand } from './auditPublished.ts'
import { canariesCommand, trainingCommand } from './auditTraining.ts'
import { addGroups } from './groups.ts'
import { wholeNumber, withJson, withKey, withPassphrase, withReading } from './options.ts'

const exitText = `
Exit code 3 says that the policy is broken, or that it could not be measured; the report is written
all the same.`

/** The command tree of `frostglass audit`. */
export function auditCommand(signal: AbortSignal): Command {
  const command = new Command('audit')
    .description(
      'attack what is to leave, or a model, as an adversary would, and report what it gives away. Given a file, it takes it for a table, for images or for codes, and says which',
    )
    .argument(
      '<protected>',
      'a table that frostglass protect wrote, a bundle of frostglass obfuscate protect, or one of obfuscate train --kind code',
    )
    .option('--original <data>', 'what it was made from: the table, or images as --data names them')
    .option('--key <file>', 'tables: the owner’s key')
  withTables(withPassphrase(command), 'tables: ')
  withCodes(withImages(command, 'images: '), 'codes: ').option('--out <file>', outText)
  withReport(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit protected.csv --original wheat.csv --key owner.key --out report.html
  $ frostglass audit bundle --original digits --training digits --out report.html
  $ frostglass audit code-bundle --original digits --out report.html
  $ frostglass audit membership --model model.onnx --members train.csv --others rest.csv
  $ frostglass audit training --canaries canaries.csv --model model.onnx
${exitText}`,
  )
  // What stands behind one of these names is theirs.
  command.enablePositionalOptions()
  return addGroups(command, {
    'What leaves': [
      tableCommand(signal),
      imagesCommand(signal),
      codesCommand(signal),
      publishedCommand(signal),
      syntheticCommand(signal),
    ],
    Models: [membershipCommand(signal), canariesCommand(signal), trainingCommand()],
    'This program': [exhibitsCommand(signal)],
  })
    .helpCommand(false)
    .action(async (path: string, options: AuditOptions) =>
      (await import('../commands/audit.ts')).audit(path, options, signal),
    )
}

function tableCommand(signal: AbortSignal): Command {
  const command = new Command('table')
    .description('attack a protected table as an adversary would, and report what it gives away')
    .argument('<protected>', 'a table that frostglass protect or encode wrote, its manifest beside it')
    .requiredOption('--original <table>', 'what it was made from')
    .requiredOption('--out <file>', outText)
  withReport(withTables(withKey(command), '')).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit table protected.csv --original wheat.csv --key owner.key --out report.html
  $ frostglass audit table protected.csv --original wheat.csv --key owner.key --known 5 \\
      --policy strict.json --effort full --out report.html
${exitText}`,
  )
  return command.action(async (path: string, options: AuditTableOptions) =>
    (await import('../commands/auditTable.ts')).auditTableFile(path, options, signal),
  )
}

function imagesCommand(signal: AbortSignal): Command {
  const command = new Command('images')
    .description('attack obfuscated images as an adversary would, and report what they give away')
    .argument('<bundle>', 'a folder that frostglass obfuscate protect wrote')
    .requiredOption('--original <images>', 'what it was made from, as --data names it')
    .requiredOption('--out <file>', outText)
  withPolicy(withImages(command, '')).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit images bundle --original digits --training digits --out report.html
  $ frostglass audit images bundle --original faces --attributes people.csv --out report.html
${exitText}`,
  )
  return command.action(async (path: string, options: AuditImagesOptions) =>
    (await import('../commands/auditImages.ts')).auditImageBundle(path, options, signal),
  )
}

function codesCommand(signal: AbortSignal): Command {
  const command = new Command('codes')
    .description(
      'attack the codes of a certified pane, hold what attacks get against its certificates, and check that these are of what is released',
    )
    .argument('<bundle>', 'a folder that frostglass obfuscate train --kind code wrote')
    .requiredOption('--original <data>', 'what it was made from: images as --data names them, or the table')
    .requiredOption('--out <file>', outText)
  withReport(
    withCodes(command, '').option(
      '--attributes <csv>',
      'attributes of images, a column each, beside a column “file”',
    ),
  ).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit codes bundle --original digits --out report.html
  $ frostglass audit codes bundle --original mnist --attacked mnist --out report.html
  $ frostglass audit codes bundle --original adult.csv --label income --policy strict.json \
      --out report.html
  $ frostglass audit codes bundle --original digits --release release --out report.html

Half of the units that the split kept for attacks are learned from, half are judged. Exit code 3 says
that an attack beat its certificate, that the certificate is not of what is released or of these
units, or that what is certified is above the policy; the report is written all the same.`,
  )
  return command.action(async (path: string, options: AuditCodesOptions) =>
    (await import('../commands/auditCodes.ts')).auditCodeBundle(path, options, signal),
  )
}

const outText = 'where to write the page, .html; the same as .json is written beside it'

/** @param of what the option is for, where the command has options for other things as well */
const withTables = (command: Command, of: string): Command =>
  command.option('--known <rows>', `${of}rows that the adversary knows`, wholeNumber(1), 20)

const withImages = (command: Command, of: string): Command =>
  command
    .option(
      '--training <images>',
      `${of}what the pane was trained on (its train part); else half of the originals stand in`,
    )
    .addOption(
      new Option('--split <part>', `${of}which part of --original was protected`)
        .choices(['train', 'test', 'all'])
        .default('test'),
    )
    .option('--attributes <csv>', `${of}sensitive attributes, a column each, beside a column “file”`)
    .option('--classifier <file>', `${of}the service’s model, where it is public`)

const withCodes = (command: Command, of: string): Command =>
  command
    .option('--label <name>', `${of}what the service asks, as it was trained (default, of images: folder)`)
    .option('--release <folder>', `${of}what devices load (obfuscate release): checked, too`)
    .option(
      '--attacked <images>',
      `${of}other images to attack (their test part) in place of the split’s own units`,
    )

/** What a report takes that is judged by a policy. */
const withPolicy = (command: Command): Command =>
  withJson(
    command
      .option('--policy <file>', 'what you accept, as JSON; docs/reference/policies.md describes it')
      .addOption(
        new Option(
          '--effort <effort>',
          'full: more restarts and training; of tables three draws of known rows',
        )
          .choices(['quick', 'full'])
          .default('quick'),
      )
      .option('--seed <number>', 'draws known rows and samples', wholeNumber(0), 0)
      .option('--force', 'replace an existing report'),
  )

const withReport = (command: Command): Command => withReading(withPolicy(command))
