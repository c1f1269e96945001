// Holds the code to docs/architecture.md: which room may import which, and what is banned everywhere in src/.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../src')
/** Paths from src/; what lies beside it starts with `../`. */
const files = [root, resolve(root, '../experiments')].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))
    .map((f) => ({ path: relative(root, join(folder, f)), text: readFileSync(join(folder, f), 'utf8') })),
)

/** What each room may import besides itself and the error type. */
const allowed: Record<string, readonly string[]> = {
  'errors.ts': [],
  secret: ['data'],
  graph: [],
  learn: ['graph'],
  data: [],
  protect: ['secret', 'graph', 'learn', 'data'],
  encrypt: ['secret', 'graph', 'learn', 'data'],
  private: ['secret', 'graph', 'learn', 'data'],
  figures: [],
  audit: ['graph', 'learn', 'data', 'protect', 'encrypt', 'private', 'figures', 'secret'],
  serve: ['graph', 'learn', 'data', 'protect', 'encrypt', 'private'],
  edge: ['graph', 'protect', 'encrypt'],
  demo: ['graph', 'learn', 'data', 'protect', 'encrypt', 'audit', 'serve', 'edge'],
  experiments: [
    'secret',
    'graph',
    'learn',
    'data',
    'protect',
    'encrypt',
    'private',
    'audit',
    'serve',
    'figures',
    'cli',
  ],
  cli: [
    'secret',
    'graph',
    'learn',
    'data',
    'protect',
    'encrypt',
    'private',
    'audit',
    'serve',
    'edge',
    'demo',
  ],
  'index.ts': ['graph', 'learn', 'data', 'protect', 'audit', 'serve'],
}

const roomOf = (path: string) => path.split(sep).find((part) => part !== '..') as string

function imports(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) => m[1] as string)
}

describe('the architecture', () => {
  it('has sources to check', () => {
    expect(files.length).toBeGreaterThan(50)
  })

  it('lets arrows between rooms go one way only', () => {
    const wrong: string[] = []
    for (const { path, text } of files) {
      const room = roomOf(path)
      for (const target of imports(text)) {
        const other = roomOf(relative(root, resolve(root, dirname(path), target)))
        if (other === room || other === 'errors.ts' || (path.endsWith('.test.ts') && other !== 'cli'))
          continue
        if (!allowed[room]?.includes(other)) wrong.push(`${path} imports ${other}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('keeps forms that an attack broke to their exhibits', () => {
    const exhibits = join('audit', 'statistics') + sep
    const wrong = files
      .filter(({ path }) => !path.startsWith(exhibits))
      .flatMap(({ path, text }) =>
        imports(text)
          .map((target) => relative(root, resolve(root, dirname(path), target)))
          .filter((target) => target.startsWith(exhibits) && target !== join(exhibits, 'index.ts'))
          .map((target) => `${path} imports ${target}`),
      )
    expect(wrong).toEqual([])
    const front = readFileSync(join(root, exhibits, 'index.ts'), 'utf8')
    expect(front).not.toContain('before/')
  })

  it('never uses Math.random in src', () => {
    expect(files.filter((f) => /Math\s*\.\s*random/.test(f.text)).map((f) => f.path)).toEqual([])
  })

  it('keeps files to one idea: none beyond 450 lines', () => {
    const long = files.filter((f) => f.text.split('\n').length > 450 && !f.path.endsWith('.test.ts'))
    expect(long.map((f) => f.path)).toEqual([])
  })

  it('opens every module with what it is', () => {
    const silent = files.filter((f) => !f.path.endsWith('.test.ts') && !f.text.startsWith('//'))
    expect(silent.map((f) => f.path)).toEqual([])
  })

  it('gives no test a limit of time of its own: those of vitest.config.ts only end what hangs', () => {
    const tests = [root, import.meta.dirname].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith('.test.ts'))
        .map((f) => join(folder, f)),
    )
    expect(tests.length).toBeGreaterThan(190)
    expect(tests.filter((f) => /^\s*\}, \d[\d_]*\)$/m.test(readFileSync(f, 'utf8')))).toEqual([])
  })
})
