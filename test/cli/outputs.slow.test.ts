import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, linkSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, ended, program, refused, wheat, working, workplace, works } from './harness.ts'

const place = workplace()
const copies = 1000

beforeAll(async () => {
  writeFileSync(place.at('wheat.csv'), csv(wheat))
  const rows = `${wheat.slice(1).join('\n')}\n`
  writeFileSync(place.at('big.csv'), `${wheat[0]}\n${rows.repeat(copies)}`)
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out k.key')
})

describe('outputs that cannot be', () => {
  it.each<[string, RegExp]>([
    [
      'protect wheat.csv --key k.key --out wheat.csv',
      /the output wheat.csv would replace the input wheat.csv/,
    ],
    ['protect wheat.csv --key k.key --out ./wheat.csv', /would replace the input/],
    ['protect wheat.csv --key k.key --out soft.csv', /would replace the input/],
    ['protect soft.csv --key k.key --out hard.csv', /would replace the input/],
    ['key create wheat.csv --unsealed --force --out soft.csv', /would replace the input wheat.csv/],
    ['protect wheat.csv --key k.key --out nowhere/x.csv', /nowhere\/x.csv: there is no folder .*nowhere/],
    ['train wheat.csv --label variety --out nowhere/x.onnx', /there is no folder .*nowhere/],
    [
      'protect wheat.csv --key k.key --out x.txt',
      /cannot tell the kind of table from the name[\s\S]*Name it .csv, .tsv \(both also .gz\) or .parquet/,
    ],
    ['protect wheat.csv --key k.key --out folder', /the output folder is a folder/],
    ['train wheat.csv --label variety --out model.bin', /model.bin does not end in .onnx/],
  ])('refuses %s', async (args, words) => {
    if (!place.has('soft.csv')) {
      symlinkSync('wheat.csv', place.at('soft.csv'))
      linkSync(place.at('wheat.csv'), place.at('hard.csv'))
      place.make('folder')
    }
    await refused(place, args, 2, [words])
  })

  it('leaves neither data nor manifest when the manifest cannot be written', async () => {
    place.make('blocked.csv.manifest.json')
    await refused(place, 'protect wheat.csv --key k.key --out blocked.csv', 2, [
      /blocked.csv.manifest.json is a folder/,
    ])
  })
})

// Permissions do not bind root, who runs the program as nobody here.
const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {}
const canBeNobody =
  spawnSync(process.execPath, [program, '--version'], { ...nobody, gid: nobody.uid }).status === 0

describe.skipIf(!canBeNobody)('permissions', () => {
  it('refuses a folder that is read-only, and a key that another keeps', async () => {
    place.make('readonly', 0o555)
    copyFileSync(place.at('k.key'), place.at('readable.key'))
    chmodSync(place.at('readable.key'), 0o644)
    copyFileSync(place.at('k.key'), place.at('unreadable.key'))
    chmodSync(place.at('unreadable.key'), 0)
    const out = '--out readonly/x.csv'
    await refused(
      place,
      `protect wheat.csv --key readable.key ${out}`,
      2,
      [/the folder .*readonly cannot be written to/],
      nobody,
    )
    await refused(
      place,
      'key create wheat.csv --unsealed --out readonly/x.key',
      2,
      [/readonly cannot be written to/],
      nobody,
    )
    place.make('open', 0o777)
    await refused(
      place,
      'protect wheat.csv --key unreadable.key --out open/x.csv',
      2,
      [/cannot read the key file unreadable.key[\s\S]*permissions/],
      nobody,
    )
  })
})

const inTmpfs = (then: string) =>
  `exec unshare -rm /bin/bash -c 'mount -t tmpfs -o size=2m none "$1" && { shift; ${then}; }' bash`
const canMount = spawnSync('/bin/bash', ['-c', `${inTmpfs('true')} /mnt`]).status === 0

describe('a full disk', () => {
  const limited = (blocks: number) => ({ shell: `ulimit -f ${blocks}; exec "$@"` })

  it.each<[string, number]>([
    ['protect big.csv --key k.key --out full.csv', 2000],
    ['protect big.csv --key k.key --out full.parquet', 2000],
    ['protect big.csv --key k.key --out full.csv.gz', 2000],
    ['key create wheat.csv --unsealed --out full.key', 1],
    ['train wheat.csv --label variety --folds 0 --epochs 2 --out full.onnx', 1],
  ])('stops %s at %i KiB and leaves nothing', async (args, blocks) => {
    await refused(
      place,
      args,
      2,
      [/^error \(io\) full\..*(grow beyond|large)[\s\S]*\n {2}Free some space/],
      limited(blocks),
    )
  })

  it('keeps the table that was there', async () => {
    writeFileSync(place.at('old.csv'), 'the old table\n')
    await refused(
      place,
      'protect big.csv --key k.key --force --out old.csv',
      2,
      [/^error \(io\)/],
      limited(2000),
    )
    expect(place.read('old.csv')).toBe('the old table\n')
  })

  it.skipIf(!canMount).each(['csv', 'parquet', 'csv.gz'])(
    'stops when a file system is full (%s)',
    async (kind) => {
      place.make(`tiny-${kind}`)
      const shell = `${inTmpfs(`"$@"; code=$?; ls -A tiny-${kind}; exit $code`)} tiny-${kind} "$@"`
      const result = await place.run(`protect big.csv --key k.key --out tiny-${kind}/x.${kind}`, { shell })
      expect(result.err).toMatch(/^error \(io\) .*no space[\s\S]*\n {2}Free some space/i)
      expect(result).toMatchObject({ code: 2, out: '' })
    },
  )
})

describe.skipIf(!canMount)('a full disk under standard output', () => {
  it('is told, also where a part of the last bytes went in', async () => {
    await works(place, 'protect big.csv --key k.key --out printed.csv')
    place.make('short')
    const shell = `${inTmpfs('"$@" > short/x.csv; code=$?; stat -c %s short/x.csv >&2; exit $code')} short "$@"`
    const { code, err } = await place.run('restore printed.csv --key k.key --out -', { shell })
    expect(err).toMatch(/^error \(io\) the result could not be printed: no space is left[\s\S]*\n2097152\n$/)
    expect(code).toBe(2)
  })
})

describe.skipIf(!canMount)('a full disk under a result', () => {
  it('is told, also where a part of it went in', async () => {
    const names = Array.from({ length: 100 }, (_, j) => `column_${j}`)
    writeFileSync(
      place.at('hundred.csv'),
      csv([names.join(), ...[1, 2, 3].map((i) => names.map(() => i).join())]),
    )
    place.make('page')
    // One page is left: 4,096 bytes of the result, which is longer.
    const fill = 'head -c 2093056 /dev/zero > page/fill'
    const shell = `${inTmpfs(`${fill}; "$@" > page/x.json; code=$?; stat -c %s page/x.json >&2; exit $code`)} page "$@"`
    const { code, err } = await place.run('key preview hundred.csv --json', { shell })
    expect(err).toMatch(/^error \(io\) the result could not be printed: no space is left[\s\S]*\n4096\n$/)
    expect(code).toBe(2)
  })
})

/** Starts a protect of the big table and waits until it has begun to write. */
async function midway(args: string, folder: string) {
  const child = place.start(args.split(' '))
  const done = ended(child)
  const working = () => readdirSync(place.at(folder)).some((name) => name.startsWith('.frostglass-'))
  while (!working() && child.exitCode === null) await sleep(5)
  return { child, done }
}

describe('stopped in the middle', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s leaves nothing and exits 130', async (signal) => {
    place.make(signal)
    const before = place.listing()
    const { child, done } = await midway(`protect big.csv --key k.key --out ${signal}/x.csv`, signal)
    child.kill(signal)
    expect(await done).toEqual({
      code: 130,
      signal: null,
      out: '',
      err: 'error (aborted) stopped before the work was done\n',
    })
    expect(place.listing()).toEqual(before)
  })

  it('Ctrl-C stops a training too', async () => {
    const before = place.listing()
    const child = place.start('train big.csv --label variety --out long.onnx'.split(' '))
    const done = ended(child)
    await working(child, 1.5)
    child.kill('SIGINT')
    // A machine so slow that the program had not yet begun ends it by the signal itself.
    const { code, signal, out } = await done
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(out).toBe('')
    expect(place.listing()).toEqual(before)
  })

  it('kill -9 leaves no output, and the next command cleans up what is left', async () => {
    place.make('killed')
    const { child, done } = await midway('protect big.csv --key k.key --out killed/x.csv', 'killed')
    child.kill('SIGKILL')
    expect(await done).toMatchObject({ code: null, signal: 'SIGKILL' })
    expect(readdirSync(place.at('killed'))).toEqual([expect.stringMatching(/^\.frostglass-/)])
    await works(place, 'encode wheat.csv --key k.key --out killed/e.csv')
    expect(readdirSync(place.at('killed')).sort()).toEqual(['e.csv', 'e.csv.manifest.json'])
  })
})

describe('two at once', () => {
  it('to one file give one whole table', async () => {
    place.make('same')
    const args = 'protect big.csv --key k.key --force --out same/x.csv'
    await Promise.all([works(place, args, { apart: true }), works(place, args, { apart: true })])
    expect(readdirSync(place.at('same')).sort()).toEqual(['x.csv', 'x.csv.manifest.json'])
    expect((await works(place, 'restore same/x.csv --key k.key --out same/back.csv')).out).toContain(
      (210 * copies).toLocaleString('en'),
    )
    rmSync(place.at('same'), { recursive: true })
  })

  it('to one folder do not touch each other', async () => {
    place.make('shared')
    await Promise.all(
      ['a.csv', 'b.parquet'].map((name) =>
        works(place, `protect wheat.csv --key k.key --out shared/${name}`, { apart: true }),
      ),
    )
    expect(readdirSync(place.at('shared')).sort()).toEqual([
      'a.csv',
      'a.csv.manifest.json',
      'b.parquet',
      'b.parquet.manifest.json',
    ])
  })
})

it.each(['--help', 'key show k.key --json'])('%s ends well when nobody reads it', async (args) => {
  const result = await place.run(args, { shell: 'set -o pipefail; "$@" | true' })
  expect(result).toEqual({ code: 0, signal: null, out: '', err: '' })
})
