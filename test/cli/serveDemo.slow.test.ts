// `frostglass serve --demo` as a process: the page is there at once, Ctrl-C ends it while it trains.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { refused, workplace } from './harness.ts'

const main = fileURLToPath(new URL('../../bin/frostglass.js', import.meta.url))
const cache = mkdtempSync(join(tmpdir(), 'frostglass-demo-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

function start(...options: string[]) {
  const child = spawn(process.execPath, [main, 'serve', ...options], {
    env: { ...process.env, FROSTGLASS_CACHE: cache },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.on('close', (code) => done({ code, out, err })),
  )
  return { child, ended, out: () => out }
}

it('shows the page at once, and stops when it is told to, in the middle of training', async () => {
  const { child, ended, out } = start('--demo', '--port', '0', '--json')
  while (!out().includes('"models"')) {
    if (child.exitCode !== null) throw new Error((await ended).err)
    await new Promise((wait) => setTimeout(wait, 50))
  }
  const { url } = JSON.parse(out()) as { url: string }
  const index = await (await fetch(`${url}/gallery/index.json`)).json()
  expect(index).toMatchObject({ format: 'frostglass-gallery', progress: { state: 'training' } })
  expect(index.bottlenecks).toEqual([8, 16, 32, 64, 128, 256, 512, 1024])
  const page = await (await fetch(`${url}/`)).text()
  expect(page).toContain('<title>Frostglass: what does the pane hide?</title>')
  child.kill('SIGINT')
  expect((await ended).code).toBe(0)
})

it('says what it cannot do', async () => {
  const place = workplace()
  await refused(place, 'serve --data mnist', 2, ['--data is for the demo'])
  const nowhere = await place.run(['serve', '--demo', '--port', '0', '--data', join(cache, 'nowhere')], {
    env: { FROSTGLASS_CACHE: cache },
  })
  expect(nowhere.code).toBe(2)
  expect(nowhere.err).toContain('nowhere')
})
