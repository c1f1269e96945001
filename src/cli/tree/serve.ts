// The command line of frostglass serve: ONNX models over HTTP.
// Source: ours; what it does stands in ../commands/serve.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { Options } from '../commands/serve.ts'
import { positiveNumber, wholeNumber, withJson } from './options.ts'

/** The command `frostglass serve`. */
export function serveCommand(signal: AbortSignal): Command {
  const collect = (text: string, before: readonly string[] = []) => [...before, text]
  const command = new Command('serve')
    .description('offer ONNX models over HTTP, by the Open Inference Protocol (KServe V2)')
    .option('--model <file>', 'a model, .onnx, or name=file.onnx (may be repeated)', collect)
    .option('--name <name>', 'what one model is called; the name of its file by default')
    .option('--encrypted <file>', 'answer this network on encrypted images (may be repeated)', collect)
    .option(
      '--fleet <url>',
      'a Flower server: the calls of its nodes, and no others, are handed on to it, so that pages can be nodes',
    )
    .option('--fleet-ca <file>', 'certificates, PEM, that the Flower server’s is checked against')
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
    .option(
      '--per-client <share>',
      'of places and memory that one address may take; 1 behind a proxy, which has one for all',
      share,
      0.5,
    )
    .option('--timeout <seconds>', 'for a body to arrive, and from there to the answer', positiveNumber, 30)
    .option('--batch <rows>', 'of waiting requests in one run; 1 for none', wholeNumber(1, 4096), 32)
    .option('--threads <count>', 'inside one run; 0 for the machine’s cores', wholeNumber(0, 1024), 0)
    .option('--grace <seconds>', 'for requests in hand when it is stopped', positiveNumber, 10)
    .option(
      '--lame-duck <seconds>',
      'after SIGTERM, in which it is not ready but answers; not after Ctrl-C, nor a second signal',
      positiveNumber,
      3,
    )
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
    .option(
      '--allow-host <name>',
      'by which it is asked, besides addresses and localhost; * for any (may be repeated)',
      collect,
    )
    .option(
      '--token-file <file>',
      'holds what clients send as Authorization: Bearer; FROSTGLASS_TOKEN may, too',
    )
    .option('--tls-cert <file>', 'a certificate, PEM: answer over TLS')
    .option('--tls-key <file>', 'its key, PEM, without a passphrase')
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
  $ frostglass serve --fleet http://127.0.0.1:8000 --tls-cert cert.pem --tls-key key.pem

With --encrypted a client sends ciphertexts, and reads the answers by itself: frostglass encrypt.
Beyond this machine take --token-file and TLS, or a proxy that has both: without a token everybody
is answered. A page asks for the token.
SIGTERM: --lame-duck, then --grace. Ctrl-C, or a second signal: --grace. One more ends it at once.`,
  )
  return command.action(async (options: Options) =>
    (await import('../commands/serve.ts')).serve(options, signal),
  )
}

/** Above 0, up to 1. */
function share(text: string): number {
  const value = positiveNumber(text)
  if (value <= 1) return value
  throw new InvalidArgumentError('Expected a share above 0, up to 1, e.g. 0.5.')
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
