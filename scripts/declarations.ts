// The types of a package's doors: declarations that the doors speak of, and no others.
// Source: the compiler's declarations of all sources, followed from import to import. Extensions become those of what is published.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const specifier = /((?:from|import\()\s*['"])(\.[^'"]+)(['"])/g

/**
 * Writes declarations for the doors of a package.
 * @param project the compiler's settings; `rootDir` of them is src/
 * @param doors sources, as paths from src/: `edge/index.ts`
 * @param target the folder that they go to, each at its path from src/
 */
export function writeDeclarations(project: string, doors: readonly string[], target: string): void {
  const sources = resolve(import.meta.dirname, '../src')
  const all = join(target, '.all')
  rmSync(all, { recursive: true, force: true })
  compile(project, ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', all])
  const waiting = doors.map((door) => join(all, declarationOf(door)))
  const written = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (written.has(path)) continue
    written.add(path)
    const to = join(target, relative(all, path))
    mkdirSync(dirname(to), { recursive: true })
    const given = join(sources, relative(all, path))
    if (existsSync(given)) {
      // Declarations that lie among the sources, beside JavaScript: the compiler would make others of that.
      cpSync(given, to)
      continue
    }
    const text = readFileSync(path, 'utf8')
    for (const [, , name = ''] of text.matchAll(specifier))
      waiting.push(join(dirname(path), declarationOf(name)))
    writeFileSync(
      to,
      text.replace(specifier, (_, before, name, after) => before + name.replace(/\.ts$/, '.js') + after),
    )
  }
  rmSync(all, { recursive: true })
}

const declarationOf = (path: string) => path.replace(/\.[tj]s$/, '.d.ts')

/** Runs the compiler; ends the process where it refuses. */
export function compile(project: string, settings: readonly string[]): void {
  const { status } = spawnSync('tsc', ['-p', project, ...settings], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
