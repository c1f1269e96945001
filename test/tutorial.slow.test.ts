// docs/tutorial.md, every command as it stands there, one after another in one shell; and what it is said to print.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/tutorial.md'), 'utf8')
// Stands for the clone.
const folder = mkdtempSync(join(tmpdir(), 'frostglass-tutorial-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  lines: text.trimEnd().split('\n'),
}))

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

it('docs/tutorial.md works, line by line, and prints what it says', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'text']))
  const commands = blocks.flatMap(({ language, lines }, block) =>
    language === 'sh' ? lines.map((line, i) => ({ line, place: `${block}.${i}`, block })) : [],
  )
  expect(commands.length).toBeGreaterThanOrEqual(30)
  symlinkSync(join(root, 'src'), join(folder, 'src'))
  // One shell, since folders and variables stay; a function for the program, which the reader has by its name.
  const script = [
    `frostglass() { '${process.execPath}' '${join(root, 'bin/frostglass.js')}' "$@"; }`,
    ...commands.map(({ line, place }) => `echo '${mark(place)}'\n${line}\necho "${mark('exit')}$?"`),
  ].join('\n')
  const { FROSTGLASS_PASSPHRASE: _, ...environment } = process.env
  const { stdout } = spawnSync('/bin/bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const printed = commands.map(({ line, place, block }) => {
    const [said = '', ended = ''] = (stdout.split(`${mark(place)}\n`)[1] ?? '').split(mark('exit'))
    expect(Number.parseInt(ended, 10), `${line}\n${said}`).toBe(exitOf(line))
    return { block, said }
  })
  blocks.forEach(({ language, lines }, block) => {
    if (language !== 'text') return
    const said = printed.filter((one) => one.block === block - 1).flatMap((one) => one.said.split('\n'))
    let from = 0
    for (const line of lines) {
      if (line === '…') continue
      const at = said.findIndex((own, i) => i >= from && steady(own).startsWith(steady(line)))
      expect(at, `'${line}' is not in\n${said.join('\n')}`).toBeGreaterThanOrEqual(0)
      from = at + 1
    }
  })
})
