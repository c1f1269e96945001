import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fetchDataset } from './fetch.ts'

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)
const digest = createHash('sha256').update(bytes).digest('hex')
let server: Server
let base: string
let asked = 0
let cache: string

beforeAll(async () => {
  server = createServer((request, response) => {
    asked++
    if (request.url === '/whole.csv') response.end(bytes)
    else if (request.url === '/cut.csv') {
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, 1000), () => response.destroy())
    } else if (request.url === '/slow.csv') response.write('x')
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'frostglass-fetch-'))
  return () => rmSync(cache, { recursive: true, force: true })
})

test('downloads once, and again when the copy is damaged', async () => {
  const folder = join(cache, 'deep', 'er')
  const before = asked
  const path = await fetchDataset(`${base}/whole.csv`, digest, folder)
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(await fetchDataset(`${base}/whole.csv`, digest.toUpperCase(), folder)).toBe(path)
  expect(asked - before).toBe(1)
  writeFileSync(path, 'damaged')
  await fetchDataset(`${base}/whole.csv`, digest, folder)
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(readdirSync(folder)).toEqual(['whole.csv'])
})

test.each([
  ['a wrong checksum', '/whole.csv', 'input', /expected SHA-256 0{64}, received/, '0'.repeat(64)],
  ['a transfer that breaks off', '/cut.csv', 'io', /the transfer broke off/, digest],
  ['a file that is not there', '/none.csv', 'io', /the server answered 404/, digest],
  ['an address without a file', '/', 'usage', /names no file/, digest],
  ['no checksum', '/whole.csv', 'usage', /expected a SHA-256/, 'abc'],
])('%s is an error and leaves nothing', async (_, path, code, message, sha256) => {
  await expect(fetchDataset(`${base}${path}`, sha256, cache)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
  expect(readdirSync(cache)).toEqual([])
})

test('no server, and a signal', async () => {
  await expect(fetchDataset('http://127.0.0.1:1/x.csv', digest, cache)).rejects.toMatchObject({ code: 'io' })
  const controller = new AbortController()
  const slow = fetchDataset(`${base}/slow.csv`, digest, cache, { signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await expect(slow).rejects.toMatchObject({ code: 'aborted' })
  expect(readdirSync(cache)).toEqual([])
})
