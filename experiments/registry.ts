// The experiments that `frostglass reproduce` can run: every folder here that has a declaration.
// Source: docs/architecture.md, "Experiments". A new experiment is a new folder; nothing else is told of it.
// Declarations alone are loaded: an experiment is when it runs.

import { existsSync, readdirSync } from 'node:fs'
import { FrostglassError } from '../src/errors.ts'
import type { Declaration } from './experiment.ts'

/** All declarations: papers by name, and of a paper those first that are measured with it, the quickest before others. */
export async function declarations(): Promise<readonly Declaration[]> {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  const files = folders
    .map(({ name }) => new URL(`./${name}/declaration.ts`, import.meta.url))
    .filter((file) => existsSync(file))
  const found = await Promise.all(
    files.map(
      async ({ href }) => ((await import(href)) as { readonly declaration: Declaration }).declaration,
    ),
  )
  const place = ({ paper, apart, needs }: Declaration) => [paper.name, apart ? 1 : 0, needs.hours] as const
  return found.toSorted((a, b) => {
    const [[paper, apart, hours], other] = [place(a), place(b)]
    return (
      paper.localeCompare(other[0]) || apart - other[1] || hours - other[2] || a.name.localeCompare(b.name)
    )
  })
}

/** @throws FrostglassError `usage` for a name that is not an experiment's. */
export async function declarationOf(name: string): Promise<Declaration> {
  const all = await declarations()
  const named = all.find((one) => one.name === name)
  if (named) return named
  throw new FrostglassError(
    'usage',
    `there is no experiment '${name}'`,
    `Take one of ${all.map((one) => one.name).join(', ')}.`,
  )
}
