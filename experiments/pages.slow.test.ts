import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { svgOf } from '../src/figures/index.ts'
import { declarations } from './registry.ts'
import type { About } from './reporting.ts'

const committed = (await declarations())
  .map((declared) => ({
    ...declared,
    at: new URL(`../docs/results/${declared.paper.name}/`, import.meta.url),
  }))
  .filter(({ name, at }) => existsSync(new URL(`${name}.json`, at)))

it.each(committed)(
  'the figures of $name are drawn from its JSON to the last byte',
  async ({ name, load, at }) => {
    const { about, ...found } = JSON.parse(readFileSync(new URL(`${name}.json`, at), 'utf8')) as {
      readonly about: About
    }
    const { figures } = (await load()).report(found, about.settings)
    for (const [figure, spec] of Object.entries(figures))
      expect((await svgOf(spec)) === readFileSync(new URL(`${figure}.svg`, at), 'utf8'), figure).toBe(true)
  },
)
