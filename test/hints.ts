// The hints of all errors in src, as they stand in the sources: found by a parser, wherever a text becomes an error's hint.
// Source: oxc by vite. A hint that is handed on is followed to the calls that give it.
// A hint that only running makes (of somebody's words) is not found; where such a one is built, its beginning and end are.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'vite'

/** A text that becomes a hint. */
export interface Hint {
  readonly path: string
  /** Offsets of its expression. */
  readonly start: number
  readonly end: number
  /** What it begins and ends with; an expression in between is `…`. */
  readonly text: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  // biome-ignore lint/suspicious/noExplicitAny: a tree of many kinds of nodes
  readonly [name: string]: any
}

interface Scope {
  readonly node: Node
  readonly name: string | undefined
  readonly parameters: readonly string[]
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter((child) => isNode(child))

/** Visits every node with the functions around it, the innermost last, and the nodes above it. */
function visit(
  node: Node,
  see: (node: Node, scopes: readonly Scope[]) => void,
  scopes: readonly Scope[] = [],
  name?: string,
): void {
  const isFunction = /Function/.test(node.type) && Array.isArray(node['params'])
  const within = isFunction
    ? [
        ...scopes,
        {
          node,
          name: node['id']?.name ?? name,
          parameters: (node['params'] as Node[]).map((p) => (p['left'] ?? p)['name'] ?? ''),
        },
      ]
    : scopes
  see(node, within)
  for (const child of childrenOf(node))
    visit(child, see, within, node.type === 'VariableDeclarator' ? node['id']?.name : undefined)
}

/** A function, where in which file it can be called by its name, and the place of the argument that becomes a hint. */
interface Sink {
  readonly path: string
  readonly name: string
  readonly within: Node
  readonly place: number
}

interface File {
  readonly path: string
  readonly program: Node
  /** Where each name comes from that is not the file's own. */
  readonly imported: ReadonlyMap<string, string>
}

function fileAt(path: string): File {
  const { program, module } = parseSync(path, readFileSync(path, 'utf8'))
  const imported = new Map<string, string>()
  for (const { moduleRequest, entries } of module.staticImports)
    if (moduleRequest.value.startsWith('.'))
      for (const { localName } of entries)
        imported.set(localName.value, join(dirname(path), moduleRequest.value))
  return { path, program: program as unknown as Node, imported }
}

/** All hints of the files. */
export function hintsIn(paths: readonly string[]): Hint[] {
  const files = paths.map(fileAt)
  const sinks = new Map<string, Sink>()
  const found = new Map<string, Hint>()
  for (let before = -1; before < sinks.size; ) {
    before = sinks.size
    for (const { path, program, imported } of files)
      visit(program, (node, scopes) => {
        if (node.type === 'Property' && node['key'].name === 'hint')
          follow(node['value'], scopes, program, path, sinks, found)
        if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return
        const callee: string | undefined = node['callee'].name ?? node['callee'].property?.name
        if (callee === undefined) return
        for (const [place, argument] of (node['arguments'] as Node[]).entries()) {
          const home = imported.get(callee) ?? path
          const isHint =
            (callee === 'FrostglassError' && place === 2) ||
            [...sinks.values()].some(
              (sink) =>
                sink.name === callee &&
                sink.place === place &&
                sink.path === home &&
                (home !== path || (sink.within.start <= node.start && node.end <= sink.within.end)),
            )
          if (isHint) follow(argument, scopes, program, path, sinks, found)
        }
      })
  }
  return [...found.values()]
}

function follow(
  node: Node,
  scopes: readonly Scope[],
  program: Node,
  path: string,
  sinks: Map<string, Sink>,
  found: Map<string, Hint>,
): void {
  const go = (next: Node) => follow(next, scopes, program, path, sinks, found)
  if (node.type === 'ConditionalExpression') {
    go(node['consequent'])
    go(node['alternate'])
  } else if (node.type === 'LogicalExpression') {
    go(node['left'])
    go(node['right'])
  } else if (node.type === 'ParenthesizedExpression') go(node['expression'])
  else if (node.type === 'Identifier') {
    const scope = scopes.findLast(({ parameters }) => parameters.includes(node['name']))
    if (scope?.name !== undefined) {
      const place = scope.parameters.indexOf(node['name'])
      const within = scopes[scopes.indexOf(scope) - 1]?.node ?? program
      sinks.set(`${path} ${scope.node.start} ${place}`, { path, name: scope.name, within, place })
      const given = (scope.node['params'] as Node[])[scope.parameters.indexOf(node['name'])]
      if (given?.type === 'AssignmentPattern') go(given['right'])
      return
    }
    const around = scopes
      .map((one) => one.node)
      .concat(program)
      .slice(-2)
    for (const place of [...around, program])
      visit(place, (one) => {
        if (one.type === 'VariableDeclarator' && one['id'].name === node['name'] && isNode(one['init']))
          if (
            ['Literal', 'TemplateLiteral', 'BinaryExpression', 'ConditionalExpression'].includes(
              one['init'].type,
            )
          )
            go(one['init'])
      })
  } else {
    const text = textOf(node)
    if (text !== undefined)
      found.set(`${path} ${node.start}`, { path, start: node.start, end: node.end, text })
  }
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node.type === 'TemplateLiteral')
    return (node['quasis'] as Node[]).map((part) => part['value'].cooked as string).join('…')
  if (node.type === 'BinaryExpression' && node['operator'] === '+') {
    const [left, right] = [textOf(node['left']), textOf(node['right'])]
    return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`
  }
  return undefined
}
