// Two thousand people of a census, published: each is like four others, and an attack says what is known of them all the same.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditPublished, riskOf } from 'frostglass/audit'
import { embeddedPath, readTextColumns } from 'frostglass/data'
import { anonymizeTable } from 'frostglass/protect'

const quasi = ['age', 'education_num', 'hours_per_week']
const hierarchies = [
  'age=interval:15,5,10,20',
  'education_num=interval:1,2,4,8',
  'hours_per_week=interval:0,10,20,40',
]
const folder = mkdtempSync(join(tmpdir(), 'frostglass-example-'))
const out = join(folder, 'published.csv')
const percent = (share: number) => `${(100 * share).toFixed(1)}%`

const people = embeddedPath('adult-numeric')
const { uniqueness } = await riskOf(await readTextColumns(people), quasi)
console.log(`as they are, ${percent(uniqueness)} are alone with their ${quasi.join(', ')}`)
for (const model of ['distinct-l-diversity:l=2', 't-closeness:t=0.15']) {
  const models = ['k-anonymity:k=5', model]
  const request = { quasi, sensitive: ['income'], models, hierarchies, suppression: 0.05 }
  const { manifest, evidence } = await anonymizeTable(people, request, out)
  const published = await readTextColumns(out)
  const { verdict } = await auditPublished({ ...evidence, published }, { name: 'published.csv', seed: 0 })
  console.log(`${models.join(', ')}: ${manifest.classes} classes; ${verdict.status}. ${verdict.headline}`)
}
rmSync(folder, { recursive: true })
