// A process of its own that prints the help of every command, and answers with the modules that were loaded for it, as JSON.
// Source: node:module, registerHooks. helpLoads.test.ts starts it.
// It counts, and measures no time.

import { registerHooks } from 'node:module'

const loaded = new Set<string>()
registerHooks({
  load(url, context, next) {
    loaded.add(url)
    return next(url, context)
  },
})
const { main } = await import('../../src/cli/main.ts')
const { buildProgram } = await import('../../src/cli/tree/root.ts')
type Tree = Awaited<ReturnType<typeof buildProgram>>

const answer = process.stdout.write.bind(process.stdout)
let helps = 0
process.stdout.write = () => true
const named = (command: Tree, path: readonly string[]): string[][] => [
  [...path],
  ...command.commands.flatMap((one) => named(one, [...path, one.name()])),
]
const program = await buildProgram(['node', 'frostglass'], new AbortController().signal)
for (const path of named(program, []))
  if ((await main(['node', 'frostglass', ...path, '--help'])) === 0) helps++
answer(JSON.stringify({ helps, loaded: [...loaded] }))
