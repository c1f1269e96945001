// A code bundle read back: every part by its checksum, the pane opened, the certificates computed again and held to the pane.
// Source: ours; codeBundle.ts writes it.
// A bundle that was put together anew, hashes and all, is caught by its certificates alone: they name what they are of.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fileError } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'
import { sha256Of } from '../learned/classifier.ts'
import { type Certificate, checkCertificate, requireSources } from './certificate.ts'
import { requireChannel } from './certify.ts'
import { type CodeManifest, readCodeManifest } from './codeBundle.ts'
import { type CodePane, openCodePane } from './codePane.ts'
import { type CodePrices, codePricesSchema } from './codePrices.ts'

/** A bundle that is whole, and whose certificates are of its pane. */
export interface CodeBundle {
  readonly manifest: CodeManifest
  readonly pane: CodePane
  /** channel[code][output]; undefined where codes are released as they are. */
  readonly channel: readonly (readonly number[])[] | undefined
  readonly certificates: readonly Certificate[]
  /** What other numbers of codes would be worth, by estimate; undefined in bundles that do not say it. */
  readonly prices: CodePrices | undefined
}

const channelSchema = z.strictObject({
  format: z.literal('frostglass-channel'),
  version: z.literal(1),
  labelOf: z.array(z.int().min(0)),
  channel: z.array(z.array(z.number().min(0)).min(1)).min(1),
})

/** Whether a folder says of itself that it is a code bundle. */
export const isCodeBundle = (folder: string): Promise<boolean> =>
  readCodeManifest(folder).then(
    () => true,
    () => false,
  )

/**
 * Reads a bundle. Close its pane.
 * @throws FrostglassError `input` for a part that is missing or damaged, for a certificate that does not follow from its tables, and
 * for one that is of another pane, codebook, channel or calibration list
 */
export async function readCodeBundle(
  folder: string,
  options: { readonly threads?: number | undefined } = {},
): Promise<CodeBundle> {
  const manifest = await readCodeManifest(folder)
  const parts = new Map<string, Uint8Array>()
  for (const { file, bytes, sha256 } of manifest.parts) {
    const path = join(folder, file)
    const content = await readFile(path).catch((error) => {
      throw fileError(error, path, 'reading')
    })
    if (content.length !== bytes || sha256Of(content) !== sha256)
      throw wrong(path, 'it is not what was written')
    parts.set(file, content)
  }
  const part = (file: string): Uint8Array => {
    const content = parts.get(file)
    if (content) return content
    throw wrong(folder, `the manifest names no ${file}`)
  }
  const names = manifest.parts.map(({ file }) => file).filter((file) => /^certificate.*\.json$/.test(file))
  if (names.length === 0) throw wrong(folder, 'it has no certificate')
  const files = {
    pane: sha256Of(part('pane.onnx')),
    codebook: sha256Of(part('codebook.json')),
    ...(parts.has('channel.json') ? { channel: sha256Of(part('channel.json')) } : {}),
  }
  const channel = parts.has('channel.json')
    ? readJson(textOf(part('channel.json')), channelSchema, join(folder, 'channel.json'), { hint }).channel
    : undefined
  const prices = parts.has('prices.json')
    ? readJson(textOf(part('prices.json')), codePricesSchema, join(folder, 'prices.json'), { hint })
    : undefined
  const certificates = names.map((name) => {
    const certificate = checkCertificate(textOf(part(name)), join(folder, name))
    requireSources(certificate, files)
    const { statement } = certificate
    if (JSON.stringify(statement.channel) !== JSON.stringify(channel))
      throw wrong(join(folder, name), 'it certifies another channel')
    if (statement.sources.calibration !== manifest.split.calibration.sha256)
      throw wrong(
        join(folder, name),
        'it was counted on other units than the calibration part of the manifest',
      )
    for (const list of ['train', 'validation'] as const)
      if (statement.sources.madeFrom[list] !== manifest.split[list].sha256)
        throw wrong(
          join(folder, name),
          `its codes were made from another list than the ${list} part of the manifest`,
        )
    return certificate
  })
  const pane = await openCodePane(part('pane.onnx'), options)
  const { codes } = certificates[0]!.statement.table
  if (certificates.some(({ statement }) => statement.table.codes !== pane.codes)) {
    await pane.close()
    throw wrong(folder, `it certifies ${codes} codes, and the pane has ${pane.codes}`)
  }
  if (channel) requireChannel(channel, pane.codes)
  return { manifest, pane, channel, certificates, prices }
}

const hint = 'Do not rely on it: take the folder as `frostglass obfuscate train --kind code` wrote it.'

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const wrong = (what: string, why: string) => new FrostglassError('input', `${what}: ${why}`, hint)
