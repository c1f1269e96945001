// frostglass anonymize faces: pictures out of which k people have the same, under new names; and what is refused before anything is written.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { FacesManifest } from '../../src/protect/faces/publication.ts'
import { writeFaces } from '../facePictures.ts'
import { workplace } from './harness.ts'

const { at, run, read } = workplace()
const people = 7
// The last has one picture less.
writeFaces(
  at('.'),
  Array.from({ length: people }, (_, p) => ({ pictures: p === people - 1 ? 2 : 3, glasses: p < 3 })),
)

const asked = (out: string, ...more: readonly string[]) => [
  'anonymize',
  'faces',
  'faces',
  '--out',
  out,
  ...more,
]
const byFolder = ['--k', '3', '--person', 'folder']

/** Of each person of a folder of published faces the pictures' checksums. */
function albums(out: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of read(`${out}/attributes.csv`).trim().split('\n').slice(1)) {
    const [file, person] = line.split(',') as [string, string]
    const sum = createHash('sha256')
      .update(readFileSync(at(`${out}/${file}`)))
      .digest('hex')
    found.set(person, [...(found.get(person) ?? []), sum])
  }
  return found
}

/** How many people have an album, the one with fewest. */
function fewest(out: string): number {
  const counts = new Map<string, number>()
  for (const album of albums(out).values()) counts.set(album.join(), (counts.get(album.join()) ?? 0) + 1)
  return Math.min(...counts.values())
}

async function said(args: readonly string[]) {
  const ended = await run([...args, '--json'])
  expect(ended.code, ended.err).toBe(0)
  return JSON.parse(ended.out) as { manifest: FacesManifest; warnings: string[] }
}

describe('frostglass anonymize faces', () => {
  it('writes albums of which k people have the same, by names that say nothing', async () => {
    const { manifest, warnings } = await said(asked('by-folder', ...byFolder))
    expect(manifest).toMatchObject({ k: 3, people, groups: 2, select: [], space: 'pixels' })
    expect(albums('by-folder').size).toBe(people)
    expect(fewest('by-folder')).toBeGreaterThanOrEqual(3)
    // Whoever is in a group with the last has two pictures.
    expect(manifest.faces + manifest.leftOut).toBe(3 * people - 1)
    expect(manifest.leftOut).toBeGreaterThanOrEqual(2)
    expect(warnings).toEqual([`${manifest.leftOut} pictures left out: others of the group have fewer`])
    expect(readdirSync(at('by-folder')).toSorted()).toEqual(
      ['manifest.json', ...manifest.parts.map(({ file }) => file)].toSorted(),
    )
    for (const text of [read('by-folder/manifest.json'), read('by-folder/attributes.csv')])
      expect(text).not.toMatch(/name\d|pgm/)
  })

  it('keeps an attribute of people whom a column tells apart', async () => {
    const options = ['--k', '3', '--attributes', 'people.csv', '--person', 'subject', '--select', 'glasses']
    const { manifest } = await said(asked('kept', ...options))
    expect(manifest).toMatchObject({ people, groups: 2, select: ['glasses'] })
    const [head, ...rows] = read('kept/attributes.csv').trim().split('\n')
    expect(head).toBe('file,person,glasses')
    expect(rows.filter((row) => row.endsWith(',yes')).length).toBe(9)
    expect(fewest('kept')).toBeGreaterThanOrEqual(3)
  })

  it('takes what it wrote; says what is not promised where every picture is somebody else’s', async () => {
    const { manifest, warnings } = await said([
      ...[
        'anonymize',
        'faces',
        'kept',
        '--k',
        '2',
        '--person',
        'picture',
        '--space',
        'eigenfaces',
        '--out',
        'again',
      ],
    ])
    expect(manifest.people).toBe(readdirSync(at('kept')).length - 2)
    expect(warnings.join()).toContain('nothing is promised')
    const { out, code } = await run(asked('again', '--force', ...byFolder))
    expect(code).toBe(0)
    expect(out).toContain('at most one picture in 3, whatever it was taught')
  })

  it.each([
    ['a k of more people than there are', ['--k', '8', '--person', 'folder'], 'shows 7 people'],
    [
      'fewer than k of a value that is kept',
      ['--k', '4', '--person', 'subject', '--attributes', 'people.csv', '--select', 'glasses'],
      'the folder of glasses yes shows 3 people',
    ],
    ['a column that is not there', ['--k', '2', '--person', 'who'], 'has no attribute who'],
    [
      'the person as what is kept',
      ['--k', '2', '--person', 'subject', '--attributes', 'people.csv', '--select', 'subject'],
      'cannot be kept',
    ],
    ['nobody said whose pictures are', ['--k', '2'], "required option '--person <column>'"],
    ['a k of one', ['--k', '1', '--person', 'folder'], '--k'],
  ])('refuses %s, and writes nothing', async (_, options, message) => {
    const { code, err } = await run(asked('refused', ...options))
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(existsSync(at('refused'))).toBe(false)
  })

  it('replaces nothing that it did not write', async () => {
    mkdirSync(at('mine'))
    writeFileSync(at('mine/letter.txt'), 'dear')
    const { code, err } = await run(asked('mine', '--force', ...byFolder))
    expect(code).toBe(2)
    expect(err).toContain('mine is not replaced')
    expect(read('mine/letter.txt')).toBe('dear')
  })

  it('leaves the table’s own command as it was', async () => {
    const { code, err } = await run(['anonymize', 'people.csv', '--out', 'out.csv'])
    expect(code).toBe(2)
    expect(err).toContain("required option '--quasi <names>' not specified")
  })
})
