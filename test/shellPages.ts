// Runs a page of the documentation: its `sh` blocks, line by line in one shell, and looks for what its `text` blocks say.
// Source: the pages themselves. `# exits 3` at a line's end says how it ends; a block without a language is not run.
// Figures are not compared: keys, noise and the clock decide them.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'

const root = resolve(import.meta.dirname, '..')

const exitOf = (line: string) => Number(line.match(/# exits (\d)$/)?.[1] ?? 0)
const mark = (place: string) => `-- ${place} --`

/** Without figures and without what a table is drawn with: what does not depend on keys, noise and the clock. */
const steady = (line: string) =>
  line
    .replace(/\b[0-9a-f]{8,}\b/g, '#')
    .replace(/-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/g, '#')
    .replace(/[│┃|]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** The fenced blocks of a page, given by its path in the repository. */
export function blocksOf(page: string): { readonly language: string; readonly lines: readonly string[] }[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', block = '']) => ({
    language,
    lines: block.trimEnd().split('\n'),
  }))
}

/** Runs the page's commands in `folder` and compares; answers how many there were. */
export function runPage(
  page: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): number {
  const blocks = blocksOf(page)
  const commands = blocks.flatMap(({ language, lines }, block) =>
    language === 'sh' ? lines.map((line, i) => ({ line, place: `${block}.${i}`, block })) : [],
  )
  // One shell, since folders and variables stay; a function for the program, which the reader has by its name.
  const script = [
    `frostglass() { '${process.execPath}' '${join(root, 'bin/frostglass.js')}' "$@"; }`,
    ...commands.map(({ line, place }) => `echo '${mark(place)}'\n${line}\necho "${mark('exit')}$?"`),
  ].join('\n')
  const { FROSTGLASS_PASSPHRASE: _, ...outside } = process.env
  const { stdout } = spawnSync('/bin/bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...outside, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  const printed = commands.map(({ line, place, block }) => {
    const [said = '', ended = ''] = (stdout.split(`${mark(place)}\n`)[1] ?? '').split(mark('exit'))
    expect(Number.parseInt(ended, 10), `${line}\n${said}`).toBe(exitOf(line))
    return { block, said }
  })
  blocks.forEach(({ language, lines }, block) => {
    if (language !== 'text') return
    // What is said to be printed stands behind the commands that print it.
    const before = Math.max(...printed.map((one) => one.block).filter((one) => one < block))
    const said = printed.filter((one) => one.block === before).flatMap((one) => one.said.split('\n'))
    let from = 0
    for (const line of lines) {
      if (line === '…') continue
      const at = said.findIndex((one, i) => i >= from && steady(one).startsWith(steady(line)))
      expect(at, `'${line}' is not in\n${said.join('\n')}`).toBeGreaterThanOrEqual(0)
      from = at + 1
    }
  })
  return commands.length
}
