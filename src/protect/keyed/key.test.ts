import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryTable } from '../../../test/memoryTable.ts'
import { assertPublic } from '../standing.ts'
import { createKey } from './create.ts'
import { describeKey, type Key, keyFrom, recordOf } from './key.ts'
import { readKeyFile, writeKeyFile } from './keyFile.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => 200 - i)
const table = memoryTable({ salary: [1234.5, 98765.25, 4321], job: ['welder', 'nurse', 'welder'] }, [
  'illness',
  ['flu', 'gout', 'flu'],
])
const secrets = ['1234.5', '98765.25', 'salary', 'welder', 'nurse', 'illness', 'gout', 'c8c7c6c5']
const passphrase = 'correct horse battery staple'
// scrypt at 2^10 instead of 2^18: these tests are about the file, not about its cost.
const seal = { passphrase, workFactor: 10 }

let folder: string
let key: Key
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frostglass-key-'))
  key = (await createKey(table, { secret })).key
  path = join(folder, 'owner.key')
  await writeKeyFile(path, key, seal)
})
afterAll(() => rm(folder, { recursive: true }))

describe('a key as a value', () => {
  it('shows parameters and counts', () => {
    expect(describeKey(key)).toMatchObject({
      scheme: 'keyed',
      parameters: { layers: 3, activation: 'tanh', matrix: 'bounded', encoding: 'one-hot' },
      numericColumns: 1,
      categoricalColumns: 1,
      label: 'class',
      classes: 2,
    })
  })

  it('shows no secret, range or name, however it is printed', () => {
    for (const shown of [
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify(describeKey(key)),
      String(key),
    ]) {
      for (const text of secrets) expect(shown).not.toContain(text)
    }
  })

  it('refuses to become JSON or part of a bundle, and its copies are no keys', () => {
    expect(() => JSON.stringify({ key })).toThrow(`the key ${key.fingerprint} is secret`)
    expect(() => assertPublic(key)).toThrow(expect.objectContaining({ code: 'key' }))
    expect(() => recordOf({ ...key })).toThrow(TypeError)
  })

  it('is frozen', () => {
    expect(Object.isFrozen(key)).toBe(true)
    expect(Object.isFrozen(describeKey(key))).toBe(true)
  })
})

describe('a record', () => {
  it('is refused when any part of it was changed', () => {
    const record = recordOf(key)
    const changed = [
      { ...record, secret: record.secret.replace('c8', 'c9') },
      { ...record, columns: [...record.columns].reverse() },
      { ...record, parameters: { ...record.parameters, layers: 2 } },
      { ...record, calibration: record.calibration.slice(1) },
      { ...record, label: null },
      { ...record, fingerprint: '0'.repeat(32) },
    ]
    for (const other of changed)
      expect(() => keyFrom(other)).toThrow('its fingerprint does not belong to its contents')
  })

  it('is refused when it is no record, without quoting what came', () => {
    for (const other of [null, 'secret-text', { format: 'secret-text' }, { ...recordOf(key), version: 4 }]) {
      expect(() => keyFrom(other, 'x.key')).toThrow('x.key is not a Frostglass key of version 1 to 3')
      expect(() => keyFrom(other)).toThrow(expect.objectContaining({ code: 'key' }))
      expect(() => keyFrom(other)).not.toThrow('secret-text')
    }
  })
})

describe('a key file', () => {
  it('comes back the same, sealed', async () => {
    expect(recordOf(await readKeyFile(path, passphrase))).toEqual(recordOf(key))
    expect(recordOf(await readKeyFile(path, async () => passphrase))).toEqual(recordOf(key))
  })

  it('takes no gigabyte for a work factor that no file of ours has', async () => {
    const text = await readFile(path, 'utf8')
    const bytes = Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64').toString('latin1')
    const asking = (factor: string) => {
      const changed = bytes.replace(/(-> scrypt \S+) 10\n/, `$1 ${factor}\n`)
      expect(changed).not.toBe(bytes)
      const lines = Buffer.from(changed, 'latin1')
        .toString('base64')
        .match(/.{1,64}/g)!
      return `-----BEGIN AGE ENCRYPTED FILE-----\n${lines.join('\n')}\n-----END AGE ENCRYPTED FILE-----\n`
    }
    const other = join(folder, 'other.key')
    for (const factor of ['19', '20', '21', '99', '9999999999']) {
      await writeFile(other, asking(factor))
      const used = process.resourceUsage().maxRSS
      await expect(readKeyFile(other, passphrase)).rejects.toThrow(
        /other\.key asks for 2\^\d+ rounds of scrypt, .* it is damaged/,
      )
      // KiB.
      expect(process.resourceUsage().maxRSS - used).toBeLessThan(200_000)
    }
    await writeFile(other, asking('11'))
    await expect(readKeyFile(other, passphrase)).rejects.toMatchObject({ code: 'key' })
    await rm(other)
    const most = { passphrase, workFactor: 19 }
    await expect(writeKeyFile(join(folder, 'most.key'), key, most)).rejects.toThrow(/from 1 to 18/)
  })

  it('is armoured age with nothing readable in it, of mode 0600', async () => {
    const text = await readFile(path, 'utf8')
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    for (const word of secrets) expect(text).not.toContain(word)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is unsealed only when that is said, and then of mode 0600 too', async () => {
    const open = join(folder, 'open.key')
    await writeKeyFile(open, key, { unsealed: true })
    expect((await stat(open)).mode & 0o777).toBe(0o600)
    expect(recordOf(await readKeyFile(open))).toEqual(recordOf(key))
  })

  it('is never overwritten without force', async () => {
    const before = await readFile(path, 'utf8')
    await expect(writeKeyFile(path, key, seal)).rejects.toMatchObject({ code: 'usage' })
    expect(await readFile(path, 'utf8')).toBe(before)
    const other = join(folder, 'other.key')
    await writeKeyFile(other, key, { unsealed: true })
    await writeKeyFile(other, key, { ...seal, force: true })
    expect(await readFile(other, 'utf8')).toMatch(/^-----BEGIN AGE/)
  })

  it('leaves nothing behind when it cannot be written', async () => {
    const closed = await mkdtemp(join(folder, 'closed-'))
    await chmod(closed, 0o500)
    // Root writes everywhere: the missing folder stands in for the closed one.
    const target = process.getuid?.() === 0 ? join(closed, 'missing', 'owner.key') : join(closed, 'owner.key')
    await expect(writeKeyFile(target, key, { unsealed: true })).rejects.toMatchObject({ code: 'io' })
    expect(await readdir(closed)).toEqual([])
  })

  it('refuses an empty passphrase', async () => {
    await expect(writeKeyFile(join(folder, 'x.key'), key, { passphrase: '' })).rejects.toThrow(
      'the passphrase is empty',
    )
  })

  it('says that the passphrase is wrong, or missing', async () => {
    await expect(readKeyFile(path, 'wrong')).rejects.toMatchObject({
      code: 'key',
      message: expect.stringContaining('passphrase does not open'),
    })
    await expect(readKeyFile(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('sealed'),
    })
  })

  it('says that it is damaged: cut anywhere, or a character changed', async () => {
    const text = await readFile(path, 'utf8')
    const broken = join(folder, 'broken.key')
    const header = text.indexOf('\n') + 1
    const versions = [0.2, 0.5, 0.9, 0.99].map((part) => text.slice(0, Math.floor(text.length * part)))
    for (const at of [header + 3, Math.floor(text.length * 0.6), text.length - 60]) {
      versions.push(text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1))
    }
    for (const version of versions) {
      await writeFile(broken, version)
      await expect(readKeyFile(broken, passphrase)).rejects.toMatchObject({ code: 'key' })
      await expect(readKeyFile(broken, passphrase)).rejects.toThrow('truncated or damaged')
    }
  })

  it('says so when an unsealed one is cut, without quoting it, and when a file is none', async () => {
    const broken = join(folder, 'cut.key')
    const text = `${JSON.stringify(recordOf(key))}\n`
    await writeFile(broken, text.slice(0, -40))
    const error = await readKeyFile(broken).catch((e) => e)
    expect(error).toMatchObject({ code: 'key', message: `${broken} is truncated or damaged: it is not JSON` })
    expect(inspect(error)).not.toContain('c8c7c6c5')
    await writeFile(broken, 'a,b\n1,2\n')
    await expect(readKeyFile(broken)).rejects.toMatchObject({
      code: 'key',
      message: `${broken} is not a key file`,
    })
    await writeFile(broken, '')
    await expect(readKeyFile(broken)).rejects.toMatchObject({ code: 'key' })
    await expect(readKeyFile(join(folder, 'none.key'))).rejects.toMatchObject({ code: 'io' })
  })
})
