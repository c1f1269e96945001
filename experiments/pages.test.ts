import { existsSync, readFileSync } from 'node:fs'
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
    if (!('results' in own)) return
    const { about, ...found } = JSON.parse(readFileSync(at('json'), 'utf8')) as { readonly about: About }
    const { page, figures } = own.report(found, about.settings)
    const text = withFooter(pageOf(own, page), about)
    expect(text).toBe(readFileSync(at('md'), 'utf8'))
    const drawn = [...text.matchAll(/\]\(([^)]+)\.(svg|png)\)/g)].map(([, name, end]) => `${name}.${end}`)
    for (const name of Object.keys(figures))
      expect(drawn, 'figures that the page shows').toContain(`${name}.svg`)
  })
})
