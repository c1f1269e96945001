import { describe, it } from 'vitest'
import { workplace } from './harness.ts'
import { filesOfWriters, writers } from './writerList.ts'
import { prepared, survivesAll } from './writers.ts'

const place = workplace()
const files = filesOfWriters(place)

describe.each(writers)('$name', (writer) => {
  it('leaves the old or the new, and never neither', async () => {
    const template = await prepared(place, writer, files)
    await survivesAll(place, template, writer, ['fail', 'stop'])
  })
})

const killed = ['protect over a table', 'encode over queries', 'obfuscate protect over a bundle']

describe.each(writers.filter(({ name }) => killed.includes(name)))('$name, kill -9', (writer) => {
  it('leaves the old or the new, and never neither', async () => {
    const template = await prepared(place, { ...writer, name: `${writer.name} killed` }, files)
    // Before, nothing has been touched that stood there.
    await survivesAll(place, template, writer, ['kill'], 17)
  })
})
