// The pages lead somewhere: every link within the repository ends at a file and a heading, the index names every page,
// the glossary has each term once.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandPages } from '../scripts/commands.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { encoding: 'utf8', recursive: true })
    .map((name) => join('docs', name))
    .filter((path) => path.endsWith('.md') && !path.startsWith(join('docs', 'results'))),
  'docs/results/README.md',
  'docs/results/bench.md',
]
const generated = (path: string) => path.startsWith(join('docs', 'reference', 'commands'))

/** Without code, where brackets mean something else. */
const prose = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '`')

/** A heading's anchor, as GitHub makes it; repeated ones get a number. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const anchor = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`)
  }
  return anchors
}

const linksOf = (path: string) =>
  [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^[a-z]+:/.test(link))

describe('the pages', () => {
  it.each(pages)('%s links to what is there', (path) => {
    const lost = linksOf(path).filter((link) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : relative(root, resolve(root, dirname(path), file))
      if (!existsSync(join(root, target))) return true
      if (anchor === undefined || statSync(join(root, target)).isDirectory()) return false
      return !anchorsOf(read(target)).has(anchor)
    })
    expect(lost).toEqual([])
  })

  it.each(pages)('%s is whole, and names folders and files that are there', (path) => {
    expect(read(path)).not.toMatch(/^(<{7}|>{7}) /m)
    const named = [
      ...read(path).matchAll(
        /`((?:src|test|docs|examples|experiments|packages|scripts|bench|site)\/[\w./-]+)`/g,
      ),
    ]
    const lost = named.map((match) => match[1] as string).filter((one) => !existsSync(join(root, one)))
    expect(lost).toEqual([])
  })

  it('are there, headings and all, where sources name them', () => {
    const sources = ['src', 'test', 'site', 'scripts', 'bench', 'experiments', 'packages', 'examples']
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) =>
        readdirSync(join(root, folder), { encoding: 'utf8', recursive: true })
          .filter((name) => /(\.tsx?|PROOF\.md|BREAK\.md)$/.test(name) && !/node_modules|onnx_pb/.test(name))
          .map((name) => join(folder, name)),
      )
    expect(sources.length).toBeGreaterThan(500)
    const lost = sources.flatMap((source) =>
      [...read(source).matchAll(/(?<![\w/])docs\/([\w/-]+\.md)(?:#([a-z0-9-]+))?/g)]
        .filter(([, page = '', anchor]) => {
          const path = join('docs', page)
          if (!existsSync(join(root, path))) return true
          return anchor !== undefined && !anchorsOf(read(path)).has(anchor)
        })
        .map(([named]) => `${source}: ${named}`),
    )
    expect(lost).toEqual([])
  })

  it('docs/index.md has the four kinds, and names every page of docs/', () => {
    const index = read('docs/index.md')
    expect([...index.matchAll(/^## (\S+):/gm)].map((match) => match[1])).toEqual([
      'Tutorial',
      'How-to',
      'Reference',
      'Explanation',
    ])
    const named = new Set(linksOf('docs/index.md').map((link) => join('docs', link.split('#')[0]!)))
    // The overview of commands, which the index names, names theirs.
    for (const link of linksOf('docs/reference/commands.md')) named.add(join('docs/reference', link))
    const others = pages.filter((path) => path.startsWith('docs') && path !== join('docs', 'index.md'))
    expect(others.filter((path) => !named.has(path))).toEqual([])
  })

  it('README.md has 120 lines at most, the pages of docs/ 240, generated ones 330', () => {
    const lines = (path: string) => read(path).split('\n').length - 1
    expect(lines('README.md')).toBeLessThanOrEqual(120)
    for (const path of pages.filter((one) => one.startsWith('docs')))
      expect(lines(path), path).toBeLessThanOrEqual(generated(path) ? 330 : 240)
  })

  it('docs/reference/commands.md and the pages of commands are what `npm run commands` writes', async () => {
    const made = await commandPages()
    expect(pages.filter(generated).toSorted()).toEqual(
      [...made.keys()].map((name) => join('docs', 'reference', name)).toSorted(),
    )
    for (const [name, text] of made) expect(read(join('docs', 'reference', name)), name).toBe(text)
  })

  it('docs/explanation/proofs.md names every proof that lies beside the code', () => {
    const named = linksOf('docs/explanation/proofs.md').map((link) => join('docs', 'explanation', link))
    const proofs = readdirSync(join(root, 'src'), { encoding: 'utf8', recursive: true })
      .map((name) => join('src', name))
      .filter((path) => path.endsWith('PROOF.md'))
    expect(proofs.length).toBeGreaterThan(10)
    expect(proofs.filter((path) => !named.includes(path))).toEqual([])
  })

  it('docs/glossary.md has each of its terms once, in the order of the alphabet, in two lines', () => {
    const [, ...entries] = read('docs/glossary.md').trim().split('\n\n').slice(1)
    expect(entries.length).toBeGreaterThanOrEqual(40)
    const terms = entries.map((entry) => {
      expect(entry).toMatch(/^\*\*[A-Z][^*]*\*\* — .+\n.+$/)
      return entry.match(/^\*\*([^*]+)\*\*/)?.[1]?.toLowerCase() as string
    })
    expect(terms).toEqual([...new Set(terms)].toSorted((a, b) => (a < b ? -1 : 1)))
    // What is in italics is to be found here.
    const all = entries.join('\n')
    for (const [, word = ''] of all.matchAll(/(?<!\*)\*([A-Za-z ]+)\*(?!\*)/g)) {
      const singular = word.toLowerCase().replace(/(ed|s)$/, '')
      const found = terms.some((term) => term.startsWith(singular) || singular.startsWith(term))
      if (!['smart privacy guardian'].includes(word.toLowerCase())) expect(found, word).toBe(true)
    }
  })
})
