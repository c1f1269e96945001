// Holds the code to docs/architecture.md: which room may import which, no circles, and what is banned everywhere in src/.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { circlesOf, type Module, modulesIn, root } from './modules.ts'

const everything = modulesIn(['src', 'experiments'])
const isTest = ({ path }: Pick<Module, 'path'>) => /\.test\.tsx?$/.test(path)
const modules = everything.filter((module) => !isTest(module))

/** The room of a file: a folder of src, a file of src itself, or a folder beside src. */
function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'src' ? `src/${second}` : first
}

/** What docs/architecture.md lets a room import besides ground: rooms, and rooms of which types alone. */
interface Arrows {
  /** Whether every room may import it. */
  readonly isGround: boolean
  readonly rooms: readonly string[]
  readonly types: readonly string[]
}

/** The table whose last column is "may import". */
function tableOfArrows(): ReadonlyMap<string, Arrows> {
  const lines = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('\n')
  const head = lines.findIndex((line) => /\|\s*may import\s*\|\s*$/.test(line))
  const rows = lines.slice(head + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return new Map(
    rows.slice(0, end).map((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      const last = cells.at(-2)!
      const names = last === '–' || last === 'ground' ? [] : last.split(/,\s*/)
      const types = names.filter((name) => name.startsWith('types of '))
      const inSource = (name: string) => `src/${name.replace('types of ', '')}`
      return [
        cells[1]!.replaceAll('`', ''),
        {
          isGround: last === 'ground',
          rooms: names.filter((name) => !types.includes(name)).map(inSource),
          types: types.map(inSource),
        },
      ]
    }),
  )
}

describe('the rooms', () => {
  const table = tableOfArrows()
  const ground = [...table].filter(([, { isGround }]) => isGround).map(([room]) => room)
  const crossing = modules.flatMap(({ path, imports, loads, types }) =>
    [...new Set([...imports, ...loads])].map((target) => ({
      path,
      target,
      from: roomOf(path),
      to: roomOf(target),
      typesAlone: types.includes(target),
    })),
  )
  const between = crossing.filter(({ from, to }) => from !== to && !ground.includes(to))

  it('has sources to check', () => {
    expect(modules.length).toBeGreaterThan(600)
    expect(between.length).toBeGreaterThan(500)
  })

  it('are those of the table', () => {
    const rooms = new Set(modules.map(({ path }) => roomOf(path)))
    expect([...table.keys()].sort()).toEqual([...rooms].sort())
  })

  it('import what the table lets them', () => {
    const wrong = between.filter(({ from, to, typesAlone }) => {
      const { rooms = [], types = [] } = table.get(from) ?? {}
      return !(rooms.includes(to) || (typesAlone && types.includes(to)))
    })
    expect(wrong.map(({ path, target }) => `${path} imports ${target}`)).toEqual([])
  })

  it('use every arrow of the table, and a whole one where it is whole', () => {
    const idle = [...table].flatMap(([from, { rooms, types }]) =>
      [
        ...rooms.filter((room) => !between.some((a) => a.from === from && a.to === room && !a.typesAlone)),
        ...types.filter((room) => !between.some((a) => a.from === from && a.to === room)),
      ].map((room) => `${from} does not import ${room}`),
    )
    expect(idle).toEqual([])
  })

  it('stand on the ground, which stands on nothing else', () => {
    const wrong = between.filter(({ from }) => ground.includes(from))
    expect(wrong.map(({ path, target }) => `${path} imports ${target}`)).toEqual([])
  })

  it('draw nothing secret from a public seed', () => {
    const drawing = (from: string) =>
      crossing.filter(
        (a) => a.target === `src/random/${from}` && !a.typesAlone && !a.path.endsWith('testing.ts'),
      )
    const secretive = ['src/secret', 'src/protect', 'src/private', 'src/encrypt']
    const seeded = drawing('seeded.ts').filter(({ from }) => secretive.includes(from))
    // A twin in the clear, inputs to try, rows of a trial, the panes of an experiment, a public pane's training and what it was
    // trained on, draws of an estimate: none of them is a secret.
    expect(seeded.map(({ path }) => path).sort()).toEqual([
      'src/encrypt/ckks/plainTraining.ts',
      'src/encrypt/inference/latencyExtremes.ts',
      'src/private/training/checkExamples.ts',
      'src/protect/certified/bundles.ts',
      'src/protect/certified/cells.ts',
      'src/protect/certified/codeRun.ts',
      'src/protect/certified/splitUnits.ts',
      'src/protect/learned/manyPanes.ts',
    ])
    const keys = drawing('seededSecret.ts').filter(({ from }) => from !== 'experiments')
    expect(keys.map(({ path }) => path)).toEqual([])
  })

  it('make no circle', () => {
    const arrows = new Map([...table].map(([room, { rooms, types }]) => [room, [...rooms, ...types]]))
    expect(circlesOf(arrows)).toEqual([])
  })

  it('are not tested through the command line, which stands on them', () => {
    const wrong = everything
      .filter((module) => isTest(module) && !module.path.startsWith('src/cli/'))
      .flatMap(({ path, imports }) =>
        imports.filter((to) => roomOf(to) === 'src/cli').map((to) => `${path} imports ${to}`),
      )
      .filter((line) => !line.startsWith('experiments/'))
    expect(wrong).toEqual([])
  })

  it('keep forms that an attack broke to their exhibits', () => {
    const exhibits = 'src/audit/exhibits/'
    const wrong = everything
      .filter(({ path }) => !path.startsWith(exhibits))
      .flatMap(({ path, imports, loads }) =>
        [...imports, ...loads]
          .filter((target) => target.startsWith(exhibits) && target !== `${exhibits}index.ts`)
          .map((target) => `${path} imports ${target}`),
      )
    expect(wrong).toEqual([])
    expect(readFileSync(join(root, exhibits, 'index.ts'), 'utf8')).not.toContain('before/')
  })
})

describe('circles', () => {
  /** An operator's gradient is made of other operators: of those files docs/architecture.md says why they name each other. */
  const operators = 'src/graph/operators/'
  // Types count, for a reader follows them too; what is loaded when it comes to that (`import()`) does not.
  const circles = circlesOf(new Map(modules.map(({ path, imports }) => [path, imports])))

  it('has one, of operators, whose gradients are made of each other', () => {
    const among = circles.filter((circle) => circle.every((path) => path.startsWith(operators)))
    expect(among.length).toBe(1)
    expect(circles.filter((circle) => !among.includes(circle))).toEqual([])
  })

  it('finds every one, and nothing that is none', () => {
    const found = (arrows: Record<string, string[]>) => circlesOf(new Map(Object.entries(arrows)))
    expect(found({ a: ['b', 'c'], b: ['c'], c: ['d'], d: [] })).toEqual([])
    expect(found({ a: ['b'], b: ['c'], c: ['a', 'd'], d: ['e'], e: ['d'], f: ['a', 'd'] })).toEqual([
      ['d', 'e'],
      ['a', 'b', 'c'],
    ])
    expect(found({ a: ['a'], b: ['gone'] })).toEqual([['a']])
    // One component though its two circles share one node only.
    expect(found({ a: ['b', 'c'], b: ['a'], c: ['a'] })).toEqual([['a', 'b', 'c']])
  })
})

describe('the sources', () => {
  it('never use Math.random', () => {
    expect(everything.filter(({ text }) => /Math\s*\.\s*random/.test(text)).map(({ path }) => path)).toEqual(
      [],
    )
  })

  it('keep files to one idea: none beyond 450 lines', () => {
    expect(modules.filter(({ text }) => text.split('\n').length > 450).map(({ path }) => path)).toEqual([])
  })

  it('keep functions to one idea: none beyond 100 lines', () => {
    const long = [...modules, ...modulesIn(['site'])].flatMap(({ path, functions }) =>
      functions.filter(({ lines }) => lines > 100).map(({ name, lines }) => `${path}: ${name} (${lines})`),
    )
    expect(long).toEqual([])
  })

  it('open every module with what it is', () => {
    expect(modules.filter(({ text }) => !text.startsWith('//')).map(({ path }) => path)).toEqual([])
  })

  it('cite papers and pages, and no list of tasks that a reader cannot open', () => {
    const cited = everything.filter(({ text }) =>
      /\bissues? (\d|section|of |["“])|\bARCHITECTURE\b/.test(text),
    )
    expect(cited.map(({ path }) => path)).toEqual([])
  })

  it('give no test a limit of time of its own: those of vitest.config.ts only end what hangs', () => {
    const tests = ['src', 'experiments', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => join(root, folder, file)),
    )
    expect(tests.length).toBeGreaterThan(210)
    expect(tests.filter((file) => /^\s*\}, \d[\d_]*\)$/m.test(readFileSync(file, 'utf8')))).toEqual([])
  })
})
