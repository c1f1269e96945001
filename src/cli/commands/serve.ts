// frostglass serve: ONNX models over HTTP, by the Open Inference Protocol (KServe V2).

import { basename } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { FrostglassError } from '../../errors.ts'
import { readModelFile } from '../../graph/onnx/files.ts'
import type { ModelSignature, RunningService, ServedModel } from '../../serve/v2/index.ts'
import { type JsonOption, positiveNumber, wholeNumber, withJson } from '../options.ts'
import { print, progress } from '../output.ts'
import type { NamedFile, ServeEncryptedOptions } from './serveEncrypted.ts'

interface Options extends JsonOption, ServeEncryptedOptions {
  readonly model?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly demo?: boolean | undefined
  readonly data?: string | undefined
  readonly port: number
  readonly host: string
  readonly maxBody: number
  readonly concurrency: number
  readonly queue: number
  readonly timeout: number
  readonly batch: number
  readonly threads: number
  readonly grace: number
  readonly allowOrigin?: readonly string[] | undefined
  readonly verbose?: boolean | undefined
  readonly openapi?: boolean | undefined
}

/** The command `frostglass serve`. */
export function serveCommand(signal: AbortSignal): Command {
  const collect = (text: string, before: readonly string[] = []) => [...before, text]
  const command = new Command('serve')
    .description('offer ONNX models over HTTP, by the Open Inference Protocol (KServe V2)')
    .option('--model <file>', 'a model, .onnx, or name=file.onnx (may be repeated)', collect)
    .option('--name <name>', 'what one model is called; the name of its file by default')
    .option('--encrypted <file>', 'answer this network on encrypted images (may be repeated)', collect)
    .option('--demo', 'a page on which digits are drawn, obfuscated, answered and reconstructed')
    .option(
      '--data <images>',
      'digits that the demo learns from: mnist, or a folder; embedded ones by default',
    )
    .option('--port <number>', '0 takes any that is free', wholeNumber(0, 65_535), 8080)
    .option('--host <address>', '0.0.0.0 lets other machines in', '127.0.0.1')
    .addOption(
      new Option('--max-body <size>', 'of one request, e.g. 512KB')
        .argParser(byteSize)
        .default(32 * 2 ** 20, '32MB'),
    )
    .option('--concurrency <count>', 'runs at once; each opens every model', wholeNumber(1, 64), 1)
    .option('--queue <count>', 'requests that may wait; more are refused', wholeNumber(0, 65_536), 256)
    .option('--timeout <seconds>', 'for a body to arrive and for an answer', positiveNumber, 30)
    .option('--batch <rows>', 'of waiting requests in one run; 1 for none', wholeNumber(1, 4096), 32)
    .option('--threads <count>', 'inside one run; 0 for the machine’s cores', wholeNumber(0, 1024), 0)
    .option('--grace <seconds>', 'for requests in hand when it is stopped', positiveNumber, 10)
    .option('--keys <count>', 'clients whose keys are held (--encrypted)', wholeNumber(1, 65_536), 16)
    .addOption(
      new Option('--key-memory <size>', 'of all keys held (--encrypted), e.g. 512MB')
        .argParser(byteSize)
        .default(2 ** 31, '2GB'),
    )
    .option(
      '--images-per-key <count>',
      'that a key is answered of a network (--encrypted); by default one fewer than can tell all its weights',
      wholeNumber(1),
    )
    .option(
      '--images-in-all <count>',
      'that all keys are; who draws new keys is stopped by this alone; by default ten times what can tell all',
      wholeNumber(1),
    )
    .option('--allow-origin <origin>', 'whose pages may ask, or * (may be repeated)', collect)
    .option('--openapi', 'print the OpenAPI document and end')
    .option('--verbose', 'one line a request on stderr: method, path, status, time; never its contents')
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass serve --model classifier.onnx --port 8080
  $ frostglass serve --model digits=a.onnx --model fashion=b.onnx --allow-origin https://example.org
  $ curl http://127.0.0.1:8080/v2/models/classifier
  $ frostglass serve --demo --port 8080
  $ frostglass serve --encrypted network.onnx --port 8080

With --encrypted a client sends ciphertexts, and reads the answers by itself: frostglass encrypt.
There is no authentication: beyond this machine, put it behind a proxy that has it. Ctrl-C stops it.`,
  )
  return command.action(async (options: Options) => {
    const [{ startService }, { describeService }] = await Promise.all([
      import('../../serve/v2/index.ts'),
      import('../../serve/v2/service.ts'),
    ])
    if (options.openapi) {
      process.stdout.write(`${JSON.stringify(describeService({ encrypted: true }), null, 2)}\n`)
      return
    }
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
      host: options.host,
      port: options.port,
      ownProcess: true,
      limits: {
        maxBody: options.maxBody,
        concurrency: options.concurrency,
        queue: options.queue,
        timeout: options.timeout,
        batch: options.batch,
        threads: options.threads,
      },
      allowOrigin: options.allowOrigin ?? [],
      extra: (app, service) => {
        if (encrypted) page.mountEncryptedPage(app, options.demo ? '/encrypted' : '/')
        if (!options.demo) page.mountIndex(app, service, encrypted ? '/models' : '/')
        else {
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
    const told = {
      url: running.url,
      port: running.port,
      models: served,
      encrypted: encrypted ? encryptedJson(encrypted) : undefined,
    }
    print(options.json, told, () =>
      listing(running, served, options.demo, encrypted && encryptedListing(running.url, encrypted)),
    )
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
    } catch (error) {
      await running.close({ grace: 0 })
      throw error
    }
    await gallery?.trained.catch(() => undefined)
    const left = running.service.inFlight()
    if (!options.json) say(`stopping${left > 0 ? `: ${left} in hand, up to ${options.grace} s` : ''}`)
    process.once('exit', dieAtOnce)
    await running.close({ grace: options.grace })
    process.off('exit', dieAtOnce)
  })
}

// A second Ctrl-C. The usual way out would meet a thread inside the runtime, which aborts the process with its own words.
function dieAtOnce(): void {
  process.removeAllListeners('SIGINT')
  process.kill(process.pid, 'SIGINT')
}

async function readModels({ model = [], name, demo, data, encrypted }: Options): Promise<ServedModel[]> {
  if (data !== undefined && !demo) {
    throw new FrostglassError('usage', '--data is for the demo', 'add --demo, or leave it out')
  }
  if (model.length === 0 && !demo && !encrypted) {
    throw new FrostglassError(
      'usage',
      'there is no model to serve',
      'give --model classifier.onnx, --encrypted network.onnx, or --demo',
    )
  }
  if (name !== undefined && model.length !== 1) {
    throw new FrostglassError(
      'usage',
      `--name is for one model, and ${model.length} are given`,
      'name each: --model name=file.onnx',
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
    `name each: ${option} name=file.onnx`,
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
  demo = false,
  encrypted?: readonly string[],
): string {
  const ends = (list: ModelSignature['inputs']) =>
    list
      .map(
        ({ name, datatype, shape }) =>
          `${name} ${datatype} [${shape.map((s) => (s < 0 ? '?' : s)).join(', ')}]`,
      )
      .join(', ')
  return [
    demo ? `the page is at ${url}/; what it shows is trained now and kept` : `listening on ${url}`,
    ...(encrypted ? [`the page of encrypted inference is at ${url}/${demo ? 'encrypted' : ''}`] : []),
    ...models.map((m) => `  ${url}/v2/models/${m.name}  ${ends(m.inputs)} → ${ends(m.outputs)}`),
    ...(encrypted ?? []),
    `  ${url}/metrics, ${url}/openapi.json`,
    'Ctrl-C stops it.',
  ].join('\n')
}

/** Bytes: a number with KB, MB or GB (1024 each), or bare. */
function byteSize(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMG]?)i?B?$/i.exec(text.trim()) ?? []
  const bytes = Math.round(Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' '))
  if (digits === '' || bytes < 1 || bytes > 2 ** 31) {
    throw new InvalidArgumentError('Expected a size from 1 B to 2 GB, e.g. 32MB.')
  }
  return bytes
}
