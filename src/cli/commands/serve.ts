// frostglass serve: ONNX models over HTTP, by the Open Inference Protocol (KServe V2).

import { basename } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { readModelFile } from '../../graph/onnx/files.ts'
import type { ModelSignature, RunningService, ServedModel } from '../../serve/v2/index.ts'
import type { JsonOption } from '../options.ts'
import { print } from '../output.ts'
import { progress } from '../progress.ts'
import { readFleet, readTls, readToken } from './serveAccess.ts'
import type { NamedFile, ServeEncryptedOptions } from './serveEncrypted.ts'
import { takeSignals } from './serveEnd.ts'

export interface Options extends JsonOption, ServeEncryptedOptions {
  readonly model?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly fleet?: string | undefined
  readonly fleetCa?: string | undefined
  readonly demo?: boolean | undefined
  readonly data?: string | undefined
  readonly port: number
  readonly host: string
  readonly maxBody: number
  readonly concurrency: number
  readonly queue: number
  readonly perClient: number
  readonly timeout: number
  readonly batch: number
  readonly threads: number
  readonly grace: number
  readonly allowOrigin?: readonly string[] | undefined
  readonly lameDuck: number
  readonly allowHost?: readonly string[] | undefined
  readonly tokenFile?: string | undefined
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  readonly verbose?: boolean | undefined
  readonly openapi?: boolean | undefined
}

/** What `frostglass serve` does. */
export async function serve(options: Options, signal: AbortSignal): Promise<void> {
  const [{ startService }, { describeService }] = await Promise.all([
    import('../../serve/v2/index.ts'),
    import('../../serve/v2/service.ts'),
  ])
  if (options.openapi) {
    process.stdout.write(`${JSON.stringify(describeService({ encrypted: true, fleet: true }), null, 2)}\n`)
    return
  }
  const [token, tls, fleet] = await Promise.all([readToken(options), readTls(options), readFleet(options)])
  const models = await readModels(options)
  const { encryptedJson, encryptedListing, readEncrypted } = await import('./serveEncrypted.ts')
  const files = namedFiles(options.encrypted ?? [], '--encrypted')
  const encrypted = await readEncrypted(files, options)
  const { verbose } = options
  const page = await import('../../demo/page.ts')
  const bar = progress('training for the page', options.json)
  let gallery: ReturnType<typeof page.mountGallery> | undefined
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const running = await startService({
    models,
    encrypted,
    fleet,
    host: options.host,
    port: options.port,
    ownProcess: true,
    limits: {
      maxBody: options.maxBody,
      concurrency: options.concurrency,
      queue: options.queue,
      perClient: options.perClient,
      timeout: options.timeout,
      batch: options.batch,
      threads: options.threads,
    },
    allowOrigin: options.allowOrigin ?? [],
    allowHost: options.allowHost,
    token,
    openTo: page.isPageFile,
    tls,
    extra: (app, service) => {
      if (encrypted) page.mountEncryptedPage(app, options.demo ? '/encrypted' : '/')
      if (!options.demo) {
        const path = encrypted ? '/models' : '/'
        page.mountIndex(app, service, { path, guarded: token !== undefined })
      } else {
        gallery = page.mountGallery(app, service, {
          signal,
          data: options.data,
          onProgress: ({ state, share }) => (state === 'training' ? bar.update(share, 1) : bar.stop()),
        })
      }
    },
    onAccess: verbose ? say : undefined,
    onFault: (error) => say(`fault: ${places(error)}`),
  })
  const served = running.service.models()
  const started = {
    url: running.url,
    port: running.port,
    models: served,
    encrypted: encrypted ? encryptedJson(encrypted) : undefined,
    fleet: fleet?.server,
  }
  print(options.json, started, () =>
    listing(running, served, {
      demo: options.demo,
      encrypted: encrypted && encryptedListing(running.url, encrypted),
      fleet: fleet?.server,
    }),
  )
  const signals = takeSignals(signal)
  // The demo has nothing to show without its training: what ends that ends the server.
  const failed = new Promise<never>((_, fail) => {
    gallery?.trained.catch((error) => {
      if (!signal.aborted) fail(error)
    })
  })
  try {
    if (!signal.aborted) {
      const stopped = new Promise((stop) => signal.addEventListener('abort', stop, { once: true }))
      await Promise.race([stopped, failed])
    }
    await gallery?.trained.catch(() => undefined)
    const { grace } = options
    const lameDuck = signals.unhurried() ? options.lameDuck : 0
    const left = running.service.inFlight()
    const duck = lameDuck > 0 ? `: answering for ${lameDuck} s more, not ready` : ''
    if (!options.json) say(`stopping${duck}${left > 0 ? `: ${left} in hand, up to ${grace} s` : ''}`)
    await running.close({ grace, lameDuck, hurry: signals.hurry })
  } catch (error) {
    await running.close({ grace: 0 })
    throw error
  } finally {
    signals.restore()
  }
}

async function readModels({
  model = [],
  name,
  demo,
  data,
  encrypted,
  fleet,
}: Options): Promise<ServedModel[]> {
  if (data !== undefined && !demo) {
    throw new FrostglassError('usage', '--data is for the demo', 'Add --demo, or leave it out.')
  }
  if (model.length === 0 && !demo && !encrypted && fleet === undefined) {
    throw new FrostglassError(
      'usage',
      'there is no model to serve',
      'Give --model classifier.onnx, --encrypted network.onnx, --fleet http://…, or --demo.',
    )
  }
  if (name !== undefined && model.length !== 1) {
    throw new FrostglassError(
      'usage',
      `--name is for one model, and ${model.length} are given`,
      'Name each: --model name=file.onnx.',
    )
  }
  const models: ServedModel[] = []
  for (const file of namedFiles(model, '--model', name))
    models.push({ name: file.name, bytes: await readModelFile(file.path) })
  return models
}

/** Files, or name=file, by name. @throws FrostglassError `usage` for two of one name */
function namedFiles(all: readonly string[], option: string, name?: string): NamedFile[] {
  const files = all.map((given) => {
    const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/.exec(given)
    const path = named?.[2] ?? given
    return { name: name ?? named?.[1] ?? basename(path).replace(/\.onnx$/i, ''), path }
  })
  const twice = files.find((file, i) => files.findIndex((other) => other.name === file.name) !== i)
  if (!twice) return files
  throw new FrostglassError(
    'usage',
    `two models are called '${twice.name}'`,
    `Name each: ${option} name=file.onnx.`,
  )
}

/** Where a fault happened, without its words: they may hold what was sent. */
function places(error: unknown): string {
  const { name = 'Error', stack = '' } = error as Partial<Error>
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return [name, ...frames].join('\n')
}

function listing(
  { url }: RunningService,
  models: readonly ModelSignature[],
  {
    demo,
    encrypted,
    fleet,
  }: Pick<Options, 'demo' | 'fleet'> & { readonly encrypted: readonly string[] | undefined },
): string {
  const ends = (list: ModelSignature['inputs']) =>
    list
      .map(
        ({ name, datatype, shape }) =>
          `${name} ${datatype} [${shape.map((s) => (s < 0 ? '?' : s)).join(', ')}]`,
      )
      .join(', ')
  return [
    demo
      ? `the page is at ${url}/, codes with a certificate at ${url}/codes; what they show is trained here`
      : `listening on ${url}`,
    ...(encrypted ? [`the page of encrypted inference is at ${url}/${demo ? 'encrypted' : ''}`] : []),
    ...models.map((m) => `  ${url}/v2/models/${m.name}  ${ends(m.inputs)} → ${ends(m.outputs)}`),
    ...(encrypted ?? []),
    ...(fleet === undefined ? [] : [`  ${url}/v1/fleet  nodes of ${fleet}`]),
    `  ${url}/metrics, ${url}/openapi.json`,
    'Ctrl-C stops it.',
  ].join('\n')
}
