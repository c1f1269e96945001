// The public names of both packages: what each door of their package.json exports, followed to the file that declares it.
// Source: package.json, "exports"; sources under their compiled paths. Reads text, as the house's form of code allows.
// It does not follow namespaces, nor names that an export renames on its way: the tests forbid both in doors.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** One export of one door. */
export interface PublicName {
  /** How it is imported. */
  readonly door: string
  readonly name: string
  /** The file that declares it, from the root. */
  readonly file: string
  /** `function`, `const`, `interface`, `type`, `class`. */
  readonly kind: string
  /** Its declaration up to the next blank line, with the docstring before it. */
  readonly text: string
}

type Exports = Record<string, string | { types: string }>

const exportsIn = (path: string): Exports =>
  (JSON.parse(readFileSync(resolve(root, path), 'utf8')) as { exports: Exports }).exports

/** Doors by how they are imported, `frostglass`, `frostglass/graph`, …: the sources that they are compiled from. */
export function doors(): ReadonlyMap<string, string> {
  const library = Object.entries(exportsIn('package.json')).flatMap(([door, target]) =>
    typeof target === 'string'
      ? []
      : [
          [
            `frostglass${door.slice(1)}`,
            target.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'),
          ] as const,
        ],
  )
  // In a clone a door of the edge is one line that leads to the source.
  const edge = Object.entries(exportsIn('packages/edge/package.json')).flatMap(([door, target]) => {
    if (typeof target !== 'string' || !target.endsWith('.ts')) return []
    const [, source] =
      /^export \* from '\.\.\/\.\.\/(src\/[^']+)'$/m.exec(textOf(`packages/edge/${target}`)) ?? []
    if (source === undefined) throw new Error(`packages/edge/${target} leads to no source`)
    return [[`@frostglass/edge${door.slice(1)}`, source] as const]
  })
  return new Map([...library, ...edge])
}

const texts = new Map<string, string>()

export function textOf(file: string): string {
  const known = texts.get(file)
  if (known !== undefined) return known
  const text = readFileSync(resolve(root, file), 'utf8')
  texts.set(file, text)
  return text
}

const reexports = /^export (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm
const wholesale = /^export \* from '(\.[^']+)'/gm
const declarations =
  /^export (?:declare )?(?:abstract )?(?:async )?(function\*?|const|interface|type|class) (\w+)/gm

const near = (file: string, target: string) =>
  resolve(root, dirname(file), target)
    .slice(root.length + 1)
    .replaceAll('\\', '/')

interface Declared {
  readonly name: string
  readonly file: string
  readonly kind: string
  readonly text: string
}

/** What a file exports, by name. */
function exportsOf(file: string): Declared[] {
  const text = textOf(file)
  const here = [...text.matchAll(declarations)].map((match) => ({
    name: match[2]!,
    file,
    kind: match[1]!.replace('*', ''),
    text: declarationAt(text, match.index),
  }))
  const listed = [...text.matchAll(reexports)].flatMap(([, list, target]) => {
    const of = exportsOf(near(file, target!))
    return list!
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => {
        const found = of.find((one) => one.name === name)
        if (!found)
          throw new Error(`${file} exports ${name}, which ${target} does not declare under that name`)
        return found
      })
  })
  const all = [...text.matchAll(wholesale)].flatMap(([, target]) => exportsOf(near(file, target!)))
  return [...here, ...listed, ...all]
}

/** From the docstring of a declaration to the blank line behind it. */
function declarationAt(text: string, start: number): string {
  const before = text.slice(0, start)
  const comment = before.endsWith('*/\n') ? before.lastIndexOf('/**') : start
  const end = text.indexOf('\n\n', start)
  return text.slice(comment, end < 0 ? text.length : end)
}

/** All exports of all doors, in their order. */
export const publicNames = (): readonly PublicName[] =>
  [...doors()].flatMap(([door, file]) => exportsOf(file).map((declared) => ({ door, ...declared })))
