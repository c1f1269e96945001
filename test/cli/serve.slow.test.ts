import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request } from 'node:http'
import { get as getSecurely } from 'node:https'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cert, key } from '../selfSigned.ts'
import { identityModel, lookUpModel, slowModel } from '../servedModels.ts'
import { refused, serving, workplace } from './harness.ts'

const place = workplace()
writeFileSync(place.at('same.onnx'), identityModel('float32'))
writeFileSync(place.at('table.onnx'), lookUpModel())
writeFileSync(place.at('slow.onnx'), slowModel(100))
writeFileSync(place.at('endless.onnx'), slowModel(5000))
writeFileSync(place.at('cut.onnx'), slowModel(1).subarray(0, 100_000))
writeFileSync(place.at('text.onnx'), 'not a model')
place.make('folder')

const start = (args: string) => serving(place, args)

const body = (values: number[]) =>
  JSON.stringify({ inputs: [{ name: 'x', shape: [1, values.length], datatype: 'FP32', data: values }] })

describe('frostglass serve', () => {
  it('serves several models, says where, and ends with 0 at Ctrl-C', async () => {
    const { child, end, url } = await start('--model same.onnx --model other=slow.onnx --verbose')
    expect(await (await fetch(`${url}/v2/models/other`)).json()).toMatchObject({ name: 'other' })
    const answer = await fetch(`${url}/v2/models/same/infer`, { method: 'POST', body: body([1, 2, 31415]) })
    expect((await answer.json()).outputs[0].data).toEqual([1, 2, 31415])
    child.kill('SIGINT')
    const { code, out, err } = await end
    expect(code).toBe(0)
    expect(out).toContain(`${url}/v2/models/same  x FP32 [?, 3] → y FP32 [?, 3]`)
    expect(err).toMatch(/^GET \/v2\/models\/other 200 .*\nPOST \/v2\/models\/same\/infer 200 .*\nstopping\n$/)
    expect(out + err).not.toContain('31415')
  })

  it('is quiet without --verbose, also where the model fails, and prints JSON with --json', async () => {
    const { child, end, url } = await start('--model table.onnx --name digits --json')
    const outside = body([31415]).replace('FP32', 'INT64')
    const answer = await fetch(`${url}/v2/models/digits/infer`, { method: 'POST', body: outside })
    expect([answer.status, (await answer.json()).error]).toEqual([500, expect.stringContaining('31415')])
    child.kill('SIGTERM')
    const { code, out, err } = await end
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ url, models: [{ name: 'digits', batched: true }] })
  })

  it('lets a request in hand finish at Ctrl-C, and takes no new one', async () => {
    const { child, end, url } = await start('--model slow.onnx')
    // In hand as long as the test keeps its second half.
    const whole = body([1])
    const asked = request(`${url}/v2/models/slow/infer`, {
      method: 'POST',
      headers: { 'content-length': whole.length },
    })
    const answered = once(asked, 'response')
    asked.write(whole.slice(0, 10))
    while (!/in_flight 1/.test(await (await fetch(`${url}/metrics`)).text())) await sleep(5)
    const told = once(child.stderr!, 'data')
    child.kill('SIGINT')
    await told
    // A kept connection may ask once more, and is told to close; then nobody listens.
    while (await fetch(`${url}/v2`).then(Boolean, () => false)) await sleep(5)
    asked.end(whole.slice(10))
    const [answer] = await answered
    expect(answer.statusCode).toBe(200)
    answer.setEncoding('utf8')
    expect(JSON.parse((await answer.toArray()).join('')).outputs[0].shape).toEqual([1, 1])
    const { code, err } = await end
    expect([code, err]).toEqual([0, 'stopping: 1 in hand, up to 10 s\n'])
  })

  it('ends at once at a second Ctrl-C', async () => {
    const { child, end, url } = await start('--model endless.onnx --batch 1')
    const asked = fetch(`${url}/v2/models/endless/infer`, { method: 'POST', body: body([1]) }).catch(
      () => 'cut',
    )
    while (!/in_flight 1/.test(await (await fetch(`${url}/metrics`)).text())) await sleep(5)
    const told = new Promise((done) => child.stderr?.once('data', done))
    child.kill('SIGINT')
    await told
    child.kill('SIGINT')
    const { code, signal, err } = await end
    expect(await asked).toBe('cut')
    expect({ code, signal, err }).toEqual({
      code: null,
      signal: 'SIGINT',
      err: 'stopping: 1 in hand, up to 10 s\n',
    })
  })

  it('obeys its limits', async () => {
    const { child, end, url } = await start(
      '--model same.onnx --max-body 1KB --allow-origin https://a.example',
    )
    const large = await fetch(`${url}/v2/models/same/infer`, { method: 'POST', body: ' '.repeat(2000) })
    expect([large.status, (await large.json()).error]).toEqual([
      413,
      'a body may have 1024 bytes, and 2000 were announced',
    ])
    const { headers } = await fetch(`${url}/v2`, { headers: { origin: 'https://a.example' } })
    expect(headers.get('access-control-allow-origin')).toBe('https://a.example')
    child.kill('SIGINT')
    expect((await end).code).toBe(0)
  })

  it('asks for a token of a file or the environment, over TLS, under names that it is given', async () => {
    writeFileSync(place.at('token.txt'), 'a-token-of-a-file\n')
    writeFileSync(place.at('cert.pem'), cert)
    writeFileSync(place.at('key.pem'), key)
    const options = '--token-file token.txt --tls-cert cert.pem --tls-key key.pem --allow-host models.example'
    const { child, end, url } = await start(`--model same.onnx --verbose ${options}`)
    expect(url).toMatch(/^https:/)
    const status = (headers: Record<string, string>) =>
      new Promise((done, failed) => {
        getSecurely(`${url}/v2`, { ca: cert, headers, checkServerIdentity: () => undefined }, (answer) => {
          answer.resume().on('end', () => done(answer.statusCode))
        }).on('error', failed)
      })
    expect(await status({})).toBe(401)
    expect(await status({ authorization: 'Bearer a-token-of-a-file' })).toBe(200)
    expect(await status({ authorization: 'Bearer a-token-of-a-file', host: 'models.example' })).toBe(200)
    expect(await status({ authorization: 'Bearer a-token-of-a-file', host: 'other.example' })).toBe(421)
    child.kill('SIGINT')
    const { code, out, err } = await end
    expect(code).toBe(0)
    expect(out + err).not.toContain('a-token-of-a-file')
  })

  it('answers on for a lame-duck time after SIGTERM, and is not ready', async () => {
    const { child, end, url } = await start('--model same.onnx --lame-duck 600')
    child.kill('SIGTERM')
    while ((await fetch(`${url}/v2/health/ready`)).status === 200) await sleep(5)
    const answer = await fetch(`${url}/v2/models/same/infer`, { method: 'POST', body: body([1, 2, 3]) })
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    // A second signal cuts that short, and no request.
    child.kill('SIGTERM')
    const { code, err } = await end
    expect([code, err]).toEqual([0, 'stopping: answering for 600 s more, not ready\n'])
  })

  it('finishes requests in hand at a second signal, and ends at once at a third', async () => {
    const { child, end, url } = await start('--model endless.onnx --batch 1 --lame-duck 600 --grace 600')
    const asked = fetch(`${url}/v2/models/endless/infer`, { method: 'POST', body: body([1]) }).catch(
      () => 'cut',
    )
    while (!/in_flight 1/.test(await (await fetch(`${url}/metrics`)).text())) await sleep(5)
    const told = new Promise((done) => child.stderr?.once('data', done))
    child.kill('SIGTERM')
    await told
    child.kill('SIGTERM')
    while (await fetch(`${url}/v2`).then(Boolean, () => false)) await sleep(5)
    expect(child.exitCode).toBe(null)
    child.kill('SIGTERM')
    expect((await end).signal).toBe('SIGTERM')
    expect(await asked).toBe('cut')
  })

  it('refuses a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as { port: number }
    await refused(place, `serve --model same.onnx --port ${port}`, 2, [/port \d+ of 127\.0\.0\.1 is taken/])
    other.close()
  })

  it.each<[string, RegExp]>([
    ['serve --model none.onnx', /cannot read the model none\.onnx: there is no such file/],
    ['serve --model folder', /cannot read the model folder: it is a folder/],
    ['serve --model text.onnx', /the model 'text' cannot be opened: /],
    ['serve --model cut.onnx', /the model 'cut' cannot be opened: /],
    ['serve --model same.onnx --model folder/same.onnx', /two models are called 'same'/],
    ['serve --model same.onnx --model slow.onnx --name a', /--name is for one model, and 2 are given/],
    ['serve --model same.onnx --name a/b', /'a\/b' cannot name a model/],
    ['serve --model same.onnx --tls-cert cert.pem', /--tls-cert needs --tls-key/],
    ['serve --model same.onnx --fleet-ca cut.onnx', /--fleet-ca needs --fleet/],
    ['serve --fleet http://127.0.0.1:8000/v1', /is no address of a fleet’s server/],
    ['serve --fleet https://127.0.0.1:8000 --fleet-ca none.pem', /cannot read the certificates none\.pem/],
    [
      'serve --model same.onnx --token-file none.txt',
      /cannot read the token none\.txt: there is no such file/,
    ],
    ['serve --model same.onnx --token-file cut.onnx', /the token has fewer than 16 characters, or others/],
    [
      'serve --model same.onnx --tls-cert text.onnx --tls-key text.onnx',
      /certificate or its key cannot be used/,
    ],
    ['serve --model same.onnx --max-body 5XB', /Expected a size from 1 B to 2 GB/],
    ['serve --model same.onnx --port 70000', /from 0 to 65535/],
    ['serve --model same.onnx --port 0 --host 192.0.2.1', /192\.0\.2\.1 is no address of this machine/],
  ])('refuses %s', async (args, words) => {
    await refused(place, args, 2, [words])
  })

  it('hands the calls of a fleet’s nodes on to its server, and needs no model for it', async () => {
    const asked: (string | undefined)[] = []
    const flower = createHttpServer((incoming, response) => {
      asked.push(incoming.url)
      response.end('answer')
    }).listen(0, '127.0.0.1')
    await once(flower, 'listening')
    const server = `http://127.0.0.1:${(flower.address() as { port: number }).port}`
    const { child, end, url } = await start(`--fleet ${server}`)
    const headers = { 'content-type': 'application/protobuf' }
    const call = (path: string) => fetch(`${url}${path}`, { method: 'POST', headers, body: 'x' })
    expect(await (await call('/v1/fleet/pull-messages')).text()).toBe('answer')
    expect((await call('/v1/control/list-runs')).status).toBe(404)
    expect(asked).toEqual(['/v1/fleet/pull-messages'])
    child.kill('SIGINT')
    const { code, out } = await end
    expect([code, out]).toEqual([0, expect.stringContaining(`${url}/v1/fleet  nodes of ${server}`)])
    flower.close()
  })

  it('prints the OpenAPI document', async () => {
    const { code, out } = await place.run('serve --openapi')
    expect(code).toBe(0)
    const { openapi, paths } = JSON.parse(out)
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths).filter((path) => path.startsWith('/v1/fleet/'))).toHaveLength(9)
  })
})
