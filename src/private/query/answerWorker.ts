// The process that reads rows: it is sent plans, and sends back answers with noise, or that it could not.
// Source: node:child_process, serialization 'advanced'. answerer.ts starts it and ends it.
// It does not say why it could not: that may tell of values.

import type { DuckDBConnection } from '@duckdb/node-api'
import { type Database, openDatabase } from '../../data/duckdb.ts'
import { type AnsweredGroup, answered } from './answer.ts'
import type { Reply, Request } from './answerer.ts'
import { exactGroups } from './exact.ts'

let database: Database | undefined
let connection: DuckDBConnection | undefined

function close(): void {
  database?.close()
  database = undefined
}

async function reply(request: Request): Promise<AnsweredGroup[]> {
  if (request.kind === 'answer') return answered(request.plan, await exactGroups(connection!, request.plan))
  close()
  if (request.kind === 'close') return []
  database = await openDatabase(2048)
  connection = await database.connect()
  for (const statement of request.setup) await connection.run(statement)
  return []
}

process.on('message', async (request: Request) => {
  const answer: Reply = await reply(request).then(
    (groups) => ({ groups }),
    () => ({ failed: true }),
  )
  if (request.kind !== 'close') process.send!(answer)
})
// Not by process.exit, which waits for the call into DuckDB that it may be in.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
