// Encrypted inference without a port: routes, quotas, what does not fit, two clients, a thread at fault, the end.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { images, polynomialNetwork, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { heldThreads } from '../../../test/heldThreads.ts'
import {
  answerPlainly,
  compileNetwork,
  createKeyHolder,
  describeParcel,
  type KeyHolder,
} from '../../encrypt/index.ts'
import { imagesTold } from '../../encrypt/inference/latencyTold.ts'
import { openWithHead } from '../../encrypt/inference/openWithHead.ts'
import { mostKeyBytes, mostQuestionBytes } from '../../encrypt/inference/sizes.ts'
import { unwrap, wrap } from '../../encrypt/seal/envelope.ts'
import { packParcel } from '../../encrypt/seal/parcel.ts'
import { createService, type Service, type ServiceOptions } from '../v2/index.ts'
import { serviceOn } from '../v2/service.ts'
import { listen } from '../v2/start.ts'
import { type EncryptedThreads, encryptedThreads } from './threads.ts'

const network = smallNetwork()
const model = compileNetwork(network, ['a', 'b', 'c'])
/** More units and classes: other rotations at the same parameters. */
const wider = compileNetwork(
  polynomialNetwork(
    6,
    { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
    { units: 30, classes: 10, seed: 41 },
  ),
)
const pictures = images(3, 6)

const services: Service[] = []
/** Small networks are told by a few images: what is not of their count is not to be stopped by it. */
const uncounted = { imagesPerKey: 1000, imagesInAll: 1000 }
async function start({ encrypted, ...rest }: ServiceOptions): Promise<Service> {
  const service = await createService({
    ...rest,
    ...(encrypted ? { encrypted: { ...encrypted, limits: { ...uncounted, ...encrypted.limits } } } : {}),
  })
  services.push(service)
  return service
}
afterAll(() => Promise.all(services.map((service) => service.close())))

/** Holds each question before it reaches a thread, until its client leaves or the test lets all go. */
async function held() {
  let begun = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const answerers: typeof encryptedThreads = (...given) => {
    const threads = encryptedThreads(...given)
    const answer: EncryptedThreads['answer'] = async (job) => {
      begun.resolve()
      const left = new Promise<void>((gone) => {
        job.signal.addEventListener('abort', () => gone(), { once: true })
      })
      await Promise.race([released.promise, left])
      return threads.answer(job)
    }
    return { ...threads, answer }
  }
  const limits = { ...uncounted, concurrency: 1 }
  const options = { port: 0, encrypted: { models: [{ name: 'small', model }], limits } }
  const service = await serviceOn(heldThreads(), options, answerers)
  services.push(service)
  const gate = {
    release: released.resolve,
    /** Once the next question is there, whole. */
    async begun() {
      await begun.promise
      begun = Promise.withResolvers()
    },
  }
  return { gate, service, options }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const joined = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]))
const send = (
  service: Service,
  method: string,
  path: string,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
) =>
  service.app.request(path, { method, headers, ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}) })
const put = (service: Service, bytes: Uint8Array, name = hash(bytes)) =>
  send(service, 'PUT', `/v2/encrypted/keys/${name}`, bytes)
const infer = (service: Service, keys: string, question: Uint8Array | string, name = 'small', more = {}) =>
  send(service, 'POST', `/v2/encrypted/models/${name}/infer`, question, { 'frostglass-keys': keys, ...more })
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const wordsOf = async (response: Response) =>
  [response.status, (await response.json()).error as string] as const

interface Client {
  readonly holder: KeyHolder
  readonly keys: Uint8Array
  readonly fingerprint: string
  question(count?: number): Promise<Uint8Array>
}
async function client(packing: 'latency' | 'throughput' = 'latency', of = model): Promise<Client> {
  const holder = await createKeyHolder(of.card, packing)
  const keys = holder.keys()
  const question = async (count = 1) => joined(await holder.question(pictures.slice(0, count)))
  return { holder, keys, fingerprint: hash(keys), question }
}

function expectRight(answers: readonly Float64Array[], within: number): void {
  answers.forEach((own, i) => {
    const plainly = answerPlainly(network, pictures[i]!).answers
    own.forEach((v, o) => {
      expect(Math.abs(v - plainly[o]!)).toBeLessThan(within)
    })
  })
}

let service: Service
let one: Client
let two: Client
beforeAll(async () => {
  service = await start({
    encrypted: {
      models: [
        { name: 'small', model },
        { name: 'wider', model: wider },
      ],
    },
  })
  ;[one, two] = await Promise.all([client(), client()])
})

describe('asking', () => {
  it('tells models and cards', async () => {
    expect(await (await send(service, 'GET', '/v2/encrypted/models')).json()).toEqual({
      models: [{ name: 'small' }, { name: 'wider' }],
      images: 16,
    })
    expect(await (await send(service, 'GET', '/v2/encrypted/models/small')).json()).toEqual(model.card)
    expect((await (await send(service, 'GET', '/v2')).json()).extensions).toContain('frostglass_encrypted')
    expect(await wordsOf(await send(service, 'GET', '/v2/encrypted/models/none'))).toEqual([
      404,
      "there is no encrypted model 'none'",
    ])
    expect((await send(service, 'DELETE', '/v2/encrypted/models/small')).headers.get('allow')).toBe('GET')
  })

  it('answers two clients at once, each what only it can read', async () => {
    for (const { keys, fingerprint } of [one, two]) {
      expect((await send(service, 'HEAD', `/v2/encrypted/keys/${fingerprint}`)).status).toBe(404)
      expect((await put(service, keys)).status).toBe(201)
      expect((await put(service, keys)).status).toBe(200)
      expect((await send(service, 'HEAD', `/v2/encrypted/keys/${fingerprint}`)).status).toBe(200)
    }
    const answers = await Promise.all(
      [one, two].map(async ({ fingerprint, question }) =>
        bytesOf(await infer(service, fingerprint, await question(3))),
      ),
    )
    expectRight((await one.holder.read(answers[0]!)).forOwner().exact, 0.01)
    expectRight((await two.holder.read(answers[1]!)).forOwner().exact, 0.01)
    await expect(one.holder.read(answers[1]!)).rejects.toThrow(/belongs to the key/)
    const metrics = await (await send(service, 'GET', '/metrics')).text()
    expect(metrics).toContain('frostglass_requests_total{model="encrypted small",status="200"} 2')
    expect(metrics).toContain('frostglass_requests_total{model="encrypted keys",status="201"} 2')
    expect(metrics).toContain(
      'frostglass_encrypted_row_duration_seconds_count{model="small",packing="latency"} 6',
    )
    expect(metrics).toContain('frostglass_encrypted_keys 2')
    expect(metrics).toContain(`frostglass_encrypted_key_bytes ${one.keys.length + two.keys.length}`)
  })

  it('answers a batch, its moduli on threads', async () => {
    const batch = await client('throughput')
    expect((await put(service, batch.keys)).status).toBe(201)
    const response = await infer(service, batch.fingerprint, await batch.question(3))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
    const { exact: answers } = (await batch.holder.read(await bytesOf(response))).forOwner()
    expectRight(answers, 0.2)
    // Keys of the one packing, questions of the other.
    expect(await wordsOf(await infer(service, batch.fingerprint, await one.question()))).toEqual([
      400,
      'the question is packed for latency, and the keys are for throughput',
    ])
    await put(service, one.keys)
    expect((await infer(service, one.fingerprint, await batch.question())).status).toBe(400)
    expect((await send(service, 'DELETE', `/v2/encrypted/keys/${batch.fingerprint}`)).status).toBe(204)
    expect((await infer(service, batch.fingerprint, await batch.question())).status).toBe(404)
    batch.holder.close()
  })

  it('has ceilings that what travels stays below', async () => {
    expect(one.keys.length).toBeLessThan(mostKeyBytes(model.plans))
    expect((await one.question(3)).length).toBeLessThan(
      mostQuestionBytes({ ...model.plans, throughput: null }, 3),
    )
    expect(mostKeyBytes(model.plans)).toBeLessThan(4 * one.keys.length)
  })

  it('is in the OpenAPI document, whose paths answer', async () => {
    const document = await (await send(service, 'GET', '/openapi.json')).json()
    const paths = Object.entries<Record<string, unknown>>(document.paths).filter(([path]) =>
      path.startsWith('/v2/encrypted'),
    )
    expect(paths.flatMap(([, methods]) => Object.keys(methods))).toHaveLength(6)
    for (const [path, methods] of paths)
      for (const method of Object.keys(methods)) {
        const real = path.replace('{model}', 'small').replace('{fingerprint}', 'x')
        const { status } = await send(service, method.toUpperCase(), real)
        expect([path, status]).toEqual([
          path,
          path.includes('{fingerprint}') || method === 'post' ? 400 : 200,
        ])
      }
  })
})

describe('pages of another origin', () => {
  it('may send keys and ask where they are allowed to', async () => {
    const open = await start({
      encrypted: { models: [{ name: 'small', model }] },
      allowOrigin: ['https://a.example'],
    })
    const asked = (method: string) => ({
      origin: 'https://a.example',
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type,frostglass-keys',
    })
    for (const [method, path] of [
      ['PUT', `keys/${one.fingerprint}`],
      ['DELETE', `keys/${one.fingerprint}`],
      ['POST', 'models/small/infer'],
    ] as const) {
      const { headers } = await send(open, 'OPTIONS', `/v2/encrypted/${path}`, undefined, asked(method))
      expect(headers.get('access-control-allow-origin')).toBe('https://a.example')
      expect(headers.get('access-control-allow-methods')).toContain(method)
      expect(headers.get('access-control-allow-headers')).toContain('frostglass-keys')
    }
  })
})

describe('what does not fit', () => {
  const asked = async (question: Uint8Array | string, keys = one.fingerprint, name = 'small', more = {}) =>
    wordsOf(await infer(service, keys, question, name, more))

  it('is refused in words: keys', async () => {
    const other = hash(await two.question())
    expect(await wordsOf(await put(service, one.keys, other))).toEqual([
      400,
      `the SHA-256 of these ${one.keys.length} bytes is another: ${one.fingerprint}`,
    ])
    expect(await wordsOf(await put(service, await one.question()))).toEqual([
      400,
      'the keys: holds question, not keys',
    ])
    expect(await wordsOf(await put(service, one.keys.subarray(0, 5000)))).toEqual([400, 'the keys: cut off'])
    expect(await wordsOf(await put(service, Uint8Array.of(1, 2, 3)))).toEqual([
      400,
      'the keys: this is no encrypted data of ours',
    ])
    expect(await wordsOf(await put(service, one.keys, 'ABC'))).toEqual([
      400,
      expect.stringMatching(/64 hexadecimal digits/),
    ])
    expect((await send(service, 'DELETE', `/v2/encrypted/keys/${other}`)).status).toBe(404)
    const { head, parts } = openWithHead(one.keys, 'the keys')
    for (const none of [null, 5, [], 'x', true])
      expect(await wordsOf(await put(service, packParcel('keys', none as never, parts)))).toEqual([
        400,
        'the keys: its head is no object',
      ])
    for (const keys of [null, [null], [{ includes: 5 }], [['encryption']], [head['keys']], 'rotations', {}])
      expect(await wordsOf(await put(service, packParcel('keys', { ...head, keys }, parts)))).toEqual([
        400,
        'the keys are not those of this model',
      ])
    // The keys to encrypt with come third, and are looked at at once: by them images are counted.
    const last = packParcel(
      'keys',
      head,
      parts.map((part, i) =>
        i === 2 ? part.map((byte, at) => (at === part.length - 100 ? byte ^ 1 : byte)) : part,
      ),
    )
    expect(await wordsOf(await put(service, last))).toEqual([
      400,
      'the encryption key: damaged: its checksum is wrong',
    ])
    // Damage that only shows where they are opened.
    const damaged = one.keys.slice()
    damaged[damaged.length >> 1]! ^= 1
    expect((await put(service, damaged)).status).toBe(201)
    expect(await wordsOf(await infer(service, hash(damaged), await one.question()))).toEqual([
      400,
      expect.stringMatching(/damaged: its checksum is wrong/),
    ])
    expect((await send(service, 'POST', `/v2/encrypted/keys/${other}`)).headers.get('allow')).toBe(
      'GET, PUT, DELETE',
    )
  })

  it('is refused in words: questions', async () => {
    const question = await one.question()
    expect(await asked(question, hash(question))).toEqual([404, expect.stringMatching(/not here/)])
    expect(await asked(question, '')).toEqual([
      400,
      expect.stringMatching(/'frostglass-keys' is the SHA-256/),
    ])
    expect(await asked(question, one.fingerprint, 'none')).toEqual([
      404,
      expect.stringMatching(/no encrypted/),
    ])
    expect(await asked(question.subarray(0, 3000))).toEqual([400, 'the question: cut off'])
    expect(await asked('hello', one.fingerprint, 'small', { 'content-type': 'application/json' })).toEqual([
      415,
      'a body is application/octet-stream, not application/json',
    ])
    expect(await asked(question, one.fingerprint, 'small', { 'content-encoding': 'gzip' })).toEqual([
      415,
      expect.stringMatching(/compressed/),
    ])
    const tampered = question.slice()
    tampered[tampered.length - 40]! ^= 1
    expect(await asked(tampered)).toEqual([400, expect.stringMatching(/damaged: its checksum is wrong/)])
    // Somebody else's ciphertexts under these keys.
    expect(await asked(await two.question())).toEqual([400, expect.stringMatching(/belongs to the key/)])
    const seventeen = joined(await one.holder.question(Array.from({ length: 17 }, () => pictures[0]!)))
    expect(await asked(seventeen)).toEqual([400, 'a question has at most 16 images one at a time, not 17'])
    // It answers as before.
    expectRight(
      (await one.holder.read(await bytesOf(await infer(service, one.fingerprint, question)))).forOwner()
        .exact,
      0.01,
    )
  })

  it('is refused in words: keys and questions of another model', async () => {
    expect(wider.plans.latency!.parameters).toEqual(model.plans.latency!.parameters)
    expect(wider.plans.latency!.rotations).not.toEqual(model.plans.latency!.rotations)
    expect(await asked(await one.question(), one.fingerprint, 'wider')).toEqual([
      400,
      expect.stringMatching(/^these keys do not fit: one to rotate by \d+ is missing$/),
    ])
  })

  it('is refused before it is read: bodies beyond the plan', async () => {
    const small = await start({
      encrypted: {
        models: [{ name: 'small', model: { ...model, plans: { ...model.plans, throughput: null } } }],
        limits: { images: 1 },
      },
    })
    expect((await put(small, one.keys)).status).toBe(201)
    const [status, words] = await wordsOf(await infer(small, one.fingerprint, await one.question(3)))
    expect([status, words]).toEqual([413, expect.stringMatching(/a body may have \d+ bytes/)])
    expect((await put(small, new Uint8Array(mostKeyBytes(model.plans) + 1))).status).toBe(413)
  })
})

describe('quotas of keys', () => {
  it('let the least recently used go, and refuse what can never fit', async () => {
    const three = await client()
    const kept = await start({ encrypted: { models: [{ name: 'small', model }], limits: { keys: 2 } } })
    await put(kept, one.keys)
    await put(kept, two.keys)
    expect((await infer(kept, one.fingerprint, Uint8Array.of(1))).status).toBe(400)
    expect((await put(kept, three.keys)).status).toBe(201)
    const there = async ({ fingerprint }: Client) =>
      (await send(kept, 'GET', `/v2/encrypted/keys/${fingerprint}`)).status
    expect([await there(one), await there(two), await there(three)]).toEqual([200, 404, 200])
    expect((await infer(kept, two.fingerprint, await two.question())).status).toBe(404)
    const bytes = await start({
      encrypted: {
        models: [{ name: 'small', model }],
        limits: { keyBytes: Math.ceil(1.5 * one.keys.length) },
      },
    })
    expect((await put(bytes, one.keys)).status).toBe(201)
    expect((await put(bytes, two.keys)).status).toBe(201)
    expect((await send(bytes, 'GET', `/v2/encrypted/keys/${one.fingerprint}`)).status).toBe(404)
    const tiny = await start({
      encrypted: { models: [{ name: 'small', model }], limits: { keyBytes: 1000 } },
    })
    expect((await put(tiny, one.keys)).status).toBe(413)
    three.holder.close()
  })
})

describe('images of a network', () => {
  it('are counted, of a key and in all, over keys that go and come; 429 beyond', async () => {
    // Of as many as each counts as.
    const each = imagesTold(model.plans.latency!)
    const moved = network.layers.map((layer, i) =>
      i === 4 && layer.kind === 'dense' ? { ...layer, bias: layer.bias.map((b) => b + 1e-3) } : layer,
    )
    const counting = await start({
      encrypted: {
        models: [
          { name: 'small', model },
          { name: 'again', model },
          { name: 'other', model: compileNetwork({ ...network, layers: moved }) },
        ],
        limits: { imagesPerKey: 4 * each, imagesInAll: 5 * each },
      },
    })
    await put(counting, one.keys)
    expect((await infer(counting, one.fingerprint, await one.question(3))).status).toBe(200)
    // What fails is no answer.
    expect((await infer(counting, one.fingerprint, Uint8Array.of(1))).status).toBe(400)
    // Keys that are sent again begin where they were.
    await send(counting, 'DELETE', `/v2/encrypted/keys/${one.fingerprint}`)
    await put(counting, one.keys)
    const late = await infer(counting, one.fingerprint, await one.question(2))
    const late4 = [
      429,
      expect.stringContaining(
        `has been answered ${3 * each} of at most ${4 * each} images of 'small' and 'again', and the question counts as ${2 * each}`,
      ),
    ]
    expect(await wordsOf(late)).toEqual(late4)
    // Nor do keys that are packed anew, under another name, begin anew.
    const repacked = (name: string) => {
      const { head, parts } = openWithHead(one.keys, 'the keys')
      const { parameters } = model.plans.latency!
      const kinds = [
        'relinearisation keys',
        'rotation keys',
        'encryption key',
        'encryptions of zero',
      ] as const
      const named = parts.map((part, i) =>
        wrap(kinds[i]!, parameters, name, unwrap(part, kinds[i]!, parameters).payload),
      )
      return packParcel('keys', { ...head, more: name }, named)
    }
    const again = repacked(describeParcel(one.keys, 'the keys').keys[0]!)
    expect(hash(again)).not.toBe(one.fingerprint)
    expect((await put(counting, again)).status).toBe(201)
    expect(await wordsOf(await infer(counting, hash(again), await one.question(2)))).toEqual(late4)
    const renamed = repacked('0123456789abcdef')
    expect((await put(counting, renamed)).status).toBe(201)
    expect(await wordsOf(await infer(counting, hash(renamed), await one.question(2)))).toEqual(late4)
    // Nor does the same network under another name; another network counts by itself.
    expect(await wordsOf(await infer(counting, one.fingerprint, await one.question(2), 'again'))).toEqual(
      late4,
    )
    expect((await infer(counting, one.fingerprint, await one.question(1), 'other')).status).toBe(200)
    // Another key begins anew, and the network's count stops it.
    await put(counting, two.keys)
    const stopped = await infer(counting, two.fingerprint, await two.question(3))
    expect(await wordsOf(stopped)).toEqual([
      429,
      expect.stringContaining(
        `of at most ${5 * each} images of 'small' and 'again' have been answered in all`,
      ),
    ])
  })
})

describe('its end', () => {
  it('gives up a question whose client left, or whose time is over', async () => {
    const slow = await start({
      encrypted: { models: [{ name: 'small', model }], limits: { concurrency: 1, timeout: 0.01 } },
    })
    await put(slow, one.keys)
    const long = joined(await one.holder.question(Array.from({ length: 16 }, () => pictures[0]!)))
    const [status, words] = await wordsOf(await infer(slow, one.fingerprint, long))
    expect([status, words]).toEqual([504, 'no answer within 0.01 s'])
    const { gate, service: holding } = await held()
    await put(holding, one.keys)
    const left = new AbortController()
    const gone = holding.app.request('/v2/encrypted/models/small/infer', {
      method: 'POST',
      headers: { 'frostglass-keys': one.fingerprint },
      body: (await one.question(3)) as Uint8Array<ArrayBuffer>,
      signal: left.signal,
    })
    await gate.begun()
    left.abort()
    expect((await gone).status).toBe(499)
    expect(holding.inFlight()).toBe(0)
  })

  it('drops what a closed connection asked; while it drains, refuses what comes and answers what is in hand', async () => {
    const { gate, service: behind, options } = await held()
    const running = await listen(behind, options)
    await put(behind, one.keys)
    const url = `${running.url}/v2/encrypted/models/small/infer`
    const headers = { 'frostglass-keys': one.fingerprint }
    const left = new AbortController()
    const body = (await one.question(3)) as Uint8Array<ArrayBuffer>
    const gone = fetch(url, { method: 'POST', headers, body, signal: left.signal })
    gone.catch(() => undefined)
    await gate.begun()
    left.abort()
    await expect(gone).rejects.toThrow()
    while (behind.inFlight() > 0) await sleep(5)
    const inHand = fetch(url, { method: 'POST', headers, body })
    await gate.begun()
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    expect(metrics).toContain('frostglass_requests_total{model="encrypted small",status="499"} 1')
    running.service.drain()
    const late = await infer(running.service, one.fingerprint, await one.question())
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1'])
    const closing = running.close({ grace: 60 })
    gate.release()
    expectRight((await one.holder.read(await bytesOf(await inHand))).forOwner().exact, 0.01)
    await closing
  })
})
