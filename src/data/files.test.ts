import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isSameFile, sha256File, writeFileAtomic } from './files.ts'
import { createWorkspace } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function freshFolder(name: string): string {
  mkdirSync(join(folder, name))
  return join(folder, name)
}

test('sha256File gives the published digests', async () => {
  // FIPS 180-4 examples: "abc" and the empty message.
  const path = join(freshFolder('sha'), 'x')
  writeFileSync(path, 'abc')
  expect(await sha256File(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  writeFileSync(path, '')
  expect(await sha256File(path)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  writeFileSync(path, new Uint8Array(3_000_000))
  expect(await sha256File(path)).toMatch(/^[0-9a-f]{64}$/)
  await expect(sha256File(join(folder, 'none'))).rejects.toMatchObject({ code: 'input' })
  await expect(sha256File(folder)).rejects.toMatchObject({ code: 'input' })
})

test('writeFileAtomic writes privately and replaces only by force', async () => {
  const where = freshFolder('atomic')
  const path = join(where, 'owner.key')
  await writeFileAtomic(path, 'first')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await expect(writeFileAtomic(path, 'second')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('exists already'),
    hint: expect.stringContaining('--force'),
  })
  expect(readFileSync(path, 'utf8')).toBe('first')
  await writeFileAtomic(path, Uint8Array.of(65, 66), { force: true, mode: 0o644 })
  expect(readFileSync(path, 'utf8')).toBe('AB')
  expect(statSync(path).mode & 0o777).toBe(0o644)
  expect(readdirSync(where)).toEqual(['owner.key'])
})

test('writeFileAtomic names a folder that is not there', async () => {
  await expect(writeFileAtomic(join(folder, 'no', 'x'), '')).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('there is no such folder'),
  })
})

test('of many writers of one name just one succeeds', async () => {
  const path = join(freshFolder('race'), 'x')
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => writeFileAtomic(path, String(i))),
  )
  const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []))
  expect(winners).toHaveLength(1)
  expect(readFileSync(path, 'utf8')).toBe(String(winners[0]))
})

test('isSameFile', async () => {
  const where = freshFolder('same')
  writeFileSync(join(where, 'a'), '')
  writeFileSync(join(where, 'b'), '')
  expect(await isSameFile(join(where, 'a'), join(where, '..', 'same', 'a'))).toBe(true)
  expect(await isSameFile(join(where, 'a'), join(where, 'b'))).toBe(false)
  expect(await isSameFile(join(where, 'a'), join(where, 'c'))).toBe(false)
})

test('workspaces of dead processes and of reused numbers go, those of other hosts and strangers stay', () => {
  const where = freshFolder('stale')
  const mine = createWorkspace(where)
  const [, host] = /^\.frostglass-([0-9a-f]{8})-/.exec(readdirSync(where)[0]!)!
  // 2^22 is above the largest process number of Linux.
  mkdirSync(join(where, `.frostglass-${host}-4194305-5-00000000`))
  const reused = `.frostglass-${host}-${process.pid}-5-00000000`
  mkdirSync(join(where, reused))
  const elsewhere = `.frostglass-${host === '00000000' ? '00000001' : '00000000'}-4194305-5-00000000`
  mkdirSync(join(where, elsewhere))
  mkdirSync(join(where, '.frostglass-notes'))
  const other = createWorkspace(where)
  const left = readdirSync(where)
  expect(left).toContain(elsewhere)
  expect(left).toContain('.frostglass-notes')
  expect(left).not.toContain(`.frostglass-${host}-4194305-5-00000000`)
  if (process.platform === 'linux') expect(left).not.toContain(reused)
  mine.remove()
  other.remove()
  expect(readdirSync(where)).not.toContain(mine.folder)
})
