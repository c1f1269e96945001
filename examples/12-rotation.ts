// Another protection behind the same contract: columns in memory, turned by one secret matrix. It says what it gives away.

import { readWheat } from 'frostglass/data'
import { rotation } from 'frostglass/protect'

const { columns } = await readWheat()
const numbers = columns.map((column) => Float64Array.from(column))
const pane = rotation.fit(numbers, { secret: crypto.getRandomValues(new Uint8Array(32)) })

const released = pane.protect(numbers)
const back = pane.restore!(released)
const row = (table: readonly Float64Array[]) => table.map((column) => column[0]!.toFixed(2)).join(' ')
console.log(`the first row: ${row(numbers)}\nreleased:      ${row(released)}\nrestored:      ${row(back)}`)
console.log(`it gives away ${rotation.givesAway}`)
