import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { declarations } from './registry.ts'
import { type About, pageOf, withFooter } from './reporting.ts'

const results = new URL('../docs/results/', import.meta.url)
const committed = (await declarations())
  .map((declared) => ({
    ...declared,
    at: (end: string) => new URL(`${declared.paper.name}/${declared.name}.${end}`, results),
  }))
  .filter(({ at }) => existsSync(at('json')))

describe('the page of committed results', () => {
  it.each(committed)('$name is rendered from its JSON to the last byte', async ({ load, at }) => {
    const own = await load()
    const { about, ...found } = JSON.parse(readFileSync(at('json'), 'utf8')) as { readonly about: About }
    const { page, figures } = own.report(found, about.settings)
    const text = withFooter(pageOf(own, page), about)
    expect(existsSync(at('md'))).toBe(true)
    // `npm test -- experiments/pages.test.ts -u` writes pages again whose template has changed.
    await expect(text).toMatchFileSnapshot(fileURLToPath(at('md')))
    const drawn = [...text.matchAll(/\]\(([^)]+)\.(svg|png)\)/g)].map(([, name, end]) => `${name}.${end}`)
    for (const name of Object.keys(figures))
      expect(drawn, 'figures that the page shows').toContain(`${name}.svg`)
  })
})

describe('reports', () => {
  it('leave prose to their templates: none has more than 60 lines', () => {
    const long = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('report.ts'))
      .filter(
        (path) =>
          readFileSync(join(import.meta.dirname, path), 'utf8')
            .trimEnd()
            .split('\n').length > 60,
      )
    expect(long).toEqual([])
  })
})
