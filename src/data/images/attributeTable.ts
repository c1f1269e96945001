// What else is told of images, from a CSV file with a column `file`: one attribute a column.
// Source: Yonan et al. 2025 hide colours; any column of an attribute over any images is taken.
// A column with more than 256 different values is no class of anything and left out, unless whoever asks wants names of people.

import { FrostglassError } from '../../errors.ts'
import { readTable } from '../memory.ts'
import type { ImageSet, Labels } from './imageSet.ts'

const mostValues = 256

/**
 * The set with the attributes of a CSV file: a header line, a column `file` with paths as in `set.files` (or file names
 * alone where no two images share one), every other column an attribute. Rows of other files are left alone.
 * @param most different values of a column that is taken
 * @throws FrostglassError `input` when the file cannot be read, has no column `file` or no attribute, or an image no
 *   row or two; `usage` for a set that is no folder of files
 */
export async function withAttributes(set: ImageSet, path: string, most = mostValues): Promise<ImageSet> {
  const { files } = set
  if (!files)
    throw new FrostglassError(
      'usage',
      `${set.name} is no folder of pictures, its images have no file names`,
      'Name the file of each picture: attributes are matched by it.',
    )
  const table = await readTable(path)
  const texts = table.schema.columns.map((column, j) => ({
    name: column.name,
    values: Array.from(table.columns[j]!, (value) =>
      column.kind === 'categorical' ? column.categories[value]! : `${value}`,
    ),
  }))
  const names = texts.find((column) => column.name === 'file')
  if (!names)
    throw new FrostglassError(
      'input',
      `${path}: there is no column file`,
      `Write a header such as file,glasses,sex; it has ${texts.map((c) => c.name).join(', ')}.`,
    )
  const rowOf = new Map<string, number>()
  names.values.forEach((file, row) => {
    const key = file.replaceAll('\\', '/').replace(/^\.\//, '')
    if (rowOf.has(key))
      throw new FrostglassError(
        'input',
        `${path}: rows ${rowOf.get(key)! + 1} and ${row + 1} are both of ${file}`,
      )
    rowOf.set(key, row)
  })
  const bare = files.map((file) => file.split('/').at(-1)!)
  const distinct = new Set(bare).size === bare.length
  const rows = files.map((file, i) => rowOf.get(file) ?? (distinct ? rowOf.get(bare[i]!) : undefined))
  const missing = rows.indexOf(undefined)
  if (missing >= 0)
    throw new FrostglassError(
      'input',
      `${path}: there is no row for the picture ${files[missing]}`,
      `Write a row for each picture, named as ${files[missing]}; ${rows.filter((r) => r === undefined).length} of ${files.length} have none.`,
    )
  const attributes: Record<string, Labels> = {}
  for (const { name, values } of texts) {
    if (name === 'file') continue
    const classes = [...new Set(values)].sort(byValue)
    if (classes.length > most) continue
    const code = new Map(classes.map((value, i) => [value, i]))
    attributes[name] = { names: classes, of: Int32Array.from(rows, (row) => code.get(values[row!]!)!) }
  }
  if (Object.keys(attributes).length === 0)
    throw new FrostglassError(
      'input',
      `${path}: no attribute beside the column file`,
      `Give columns of at most ${most} different values.`,
    )
  return Object.freeze({ ...set, attributes: { ...set.attributes, ...attributes } })
}

/** Numbers by value, other text by its code units. */
function byValue(a: string, b: string): number {
  const difference = Number(a) - Number(b)
  if (!Number.isNaN(difference) && difference !== 0) return difference
  return a < b ? -1 : a > b ? 1 : 0
}
