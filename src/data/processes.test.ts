// Whether a process is dead is known of this machine's own alone, and of a container's in that container.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { isDead, thisProcess } from './processes.ts'
import { createWorkspace } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-processes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const apart = ['-p', '-f', '--mount-proc']
// It takes a user who may.
const hasContainers = spawnSync('unshare', [...apart, 'true']).status === 0

it('this process lives, one that ended or had its number before does not, of others nothing is known', () => {
  const [host, pid, start] = thisProcess.split('-') as [string, string, string]
  expect(isDead(thisProcess)).toBe(false)
  // 2^22 is above the largest process number of Linux.
  expect(isDead(`${host}-4194305-${start}`)).toBe(true)
  if (process.platform === 'linux') expect(isDead(`${host}-${pid}-5`)).toBe(true)
  expect(isDead(`${host === '00000000' ? '00000001' : '00000000'}-4194305-5`)).toBe(false)
  expect(isDead('')).toBe(false)
})

it.skipIf(!hasContainers)('containers of one name leave each other what they work on', async () => {
  const mine = createWorkspace(folder)
  const program = `
    import { createWorkspace } from ${JSON.stringify(join(import.meta.dirname, 'workspace.ts'))}
    createWorkspace(${JSON.stringify(folder)})
    console.log('made')
    setInterval(() => undefined, 1000)`
  const words = [...apart, '--kill-child', process.execPath, '--input-type=module', '-e', program]
  const other = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((done) => other.once('close', done))
  try {
    await new Promise<void>((done, failed) => {
      other.stdout.once('data', () => done())
      other.once('close', () => failed(new Error('it ended before it made a workspace')))
    })
    const third = createWorkspace(folder)
    expect(readdirSync(folder).length).toBe(3)
    third.remove()
  } finally {
    // unshare(1) takes no other.
    other.kill('SIGKILL')
    await ended
  }
  expect(readdirSync(folder)).toContain(mine.folder.slice(folder.length + 1))
  mine.remove()
})
