// The modules of src and experiments as a parser reads them: what each imports, and how long its functions are.
// Source: ESTree with TypeScript's nodes, from the parser that Vite brings.
// It reads one file at a time and resolves nothing but relative paths: what a package does is not looked into.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseSync, Visitor } from 'vite'

/** The repository's root. */
export const root = resolve(import.meta.dirname, '..')

/** One source file. Paths are from the root, with `/`. */
export interface Module {
  readonly path: string
  readonly text: string
  /** Modules that it imports or re-exports from, types among them. */
  readonly imports: readonly string[]
  /** Those of them of which it imports types alone, so that nothing of them is left at run time. */
  readonly types: readonly string[]
  /** Modules that it loads when it comes to that: `import()`. */
  readonly loads: readonly string[]
  readonly functions: readonly LongFunction[]
}

/** A function, by the name that it is bound to, with its length in lines. */
export interface LongFunction {
  readonly name: string
  readonly lines: number
}

/** All sources in some folders, without declarations. */
export function modulesIn(folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
      .map((file) => moduleAt(join(root, folder, file))),
  )
}

function moduleAt(file: string): Module {
  const text = readFileSync(file, 'utf8')
  const { program, module, errors } = parseSync(file, text)
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0]?.message}`)
  const imports = new Set<string>()
  const loads = new Set<string>()
  const add = (to: Set<string>, specifier: string | undefined) => {
    if (specifier?.startsWith('.')) to.add(pathOf(resolve(dirname(file), specifier)))
  }
  const values = new Set<string>()
  for (const { moduleRequest, entries } of module.staticImports) {
    add(imports, moduleRequest.value)
    if (entries.length === 0 || entries.some(({ isType }) => !isType)) add(values, moduleRequest.value)
  }
  for (const { moduleRequest, isType } of module.staticExports.flatMap(({ entries }) => entries)) {
    add(imports, moduleRequest?.value)
    if (!isType) add(values, moduleRequest?.value)
  }
  const functions: LongFunction[] = []
  const names = new Map<number, string>()
  const measure = ({
    start,
    end,
    id,
  }: {
    start: number
    end: number
    id?: { name: string } | null | undefined
  }) =>
    functions.push({
      name: id?.name ?? names.get(start) ?? 'a function without a name',
      lines: text.slice(start, end).split('\n').length,
    })
  const bind = (value: { start: number } | null | undefined, key: { start: number; end: number }) => {
    if (value) names.set(value.start, text.slice(key.start, key.end))
  }
  new Visitor({
    VariableDeclarator: ({ id, init }) => bind(init, id),
    Property: ({ key, value }) => bind(value, key),
    PropertyDefinition: ({ key, value }) => bind(value, key),
    MethodDefinition: ({ key, value }) => bind(value, key),
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
    TSImportType: ({ source }) => add(imports, source.value),
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal' && typeof source.value === 'string') add(loads, source.value)
    },
  }).visit(program)
  return {
    path: pathOf(file),
    text,
    imports: [...imports],
    types: [...imports].filter((target) => !values.has(target) && !loads.has(target)),
    loads: [...loads],
    functions,
  }
}

const pathOf = (file: string) => relative(root, file).replaceAll('\\', '/')

/**
 * The circles of a graph: its strongly connected components of more than one node, or of one that points to itself.
 * @param arrows from each node to the nodes that it points to; those that are no node themselves are passed over
 */
export function circlesOf(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  // Tarjan's algorithm (1972).
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const low = (node: string) => lowest.get(node) as number
  const visit = (node: string) => {
    order.set(node, order.size)
    lowest.set(node, order.get(node) as number)
    open.push(node)
    for (const next of arrows.get(node) ?? []) {
      if (!arrows.has(next)) continue
      if (!order.has(next)) visit(next)
      if (open.includes(next)) lowest.set(node, Math.min(low(node), low(next)))
    }
    if (low(node) !== order.get(node)) return
    const circle = open.splice(open.indexOf(node))
    if (circle.length > 1 || arrows.get(node)?.includes(node)) circles.push(circle.sort())
  }
  for (const node of arrows.keys()) if (!order.has(node)) visit(node)
  return circles
}
