// Flower's own server for tests: untouched, at a free port, with a home of its own, and gone with all its parts afterwards.
// FROSTGLASS_FLOWER names a Python that has it (scripts/flower.ts makes one). Without one these tests are skipped, and say so.

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { cert, key } from '../selfSigned.ts'

const python = process.env['FROSTGLASS_FLOWER'] ?? 'python3'

/** Whether there is a Flower to test against. */
export const hasFlower =
  spawnSync(python, ['-c', 'import flwr.serverapp'], { stdio: 'ignore', timeout: 120_000 }).status === 0
if (!hasFlower)
  console.warn(
    `SKIPPED: ${python} has no Flower: node scripts/flower.ts makes one that has, and prints its path for FROSTGLASS_FLOWER`,
  )

/** The app that learns a line by plain FedAvg. */
export const lineApp = join(import.meta.dirname, 'flower')

export interface SuperLink {
  readonly url: string
  /** Of Flower. */
  readonly version: string
  /** Its CA, where it has one. */
  readonly ca: string | undefined
  /** A folder of this server alone. */
  readonly folder: string
  /** What `flwr` prints; fails the test where it fails. */
  flwr(...args: string[]): string
  /** Starts a program of Flower's beside it; it ends with the server. @returns its process id */
  start(program: string, ...args: string[]): number
  /** Starts a run. @returns its id */
  run(app: string, config?: Readonly<Record<string, number | string>>): string
  /** Waits until a run is over. */
  finished(run: string): Promise<{ readonly status: string; readonly log: string }>
  /** What the run's program has printed so far. */
  logOf(run: string): string
  stop(): void
}

export const freePort = (): Promise<number> =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** A process and all that it has started: parts of Flower's are in groups of their own, and outlive it. */
function withDescendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const all = [pid]
  for (const parent of all) all.push(...pairs.filter(([, of]) => of === parent).map(([child]) => child!))
  return all
}

/** @param secure over TLS, with keys that its admin registers */
export async function startSuperLink({ secure = false } = {}): Promise<SuperLink> {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-flower-'))
  const port = await freePort()
  const url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`
  const env = {
    ...process.env,
    // It starts its parts by bare name.
    PATH: `${dirname(python)}:${process.env['PATH']}`,
    FLWR_HOME: join(folder, 'home'),
    FLWR_DISABLE_UPDATE_CHECK: '1',
    FLWR_TELEMETRY_ENABLED: '0',
    FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION: '1',
  }
  mkdirSync(env.FLWR_HOME)
  const [caFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'key.pem')]
  writeFileSync(caFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const how = secure ? `root-certificates = "${caFile}"` : 'insecure = true'
  writeFileSync(
    join(env.FLWR_HOME, 'config.toml'),
    `[superlink]\ndefault = "here"\n[superlink.here]\naddress = "127.0.0.1:${port}"\n${how}\n`,
  )
  const started: number[] = []
  const start = (program: string, ...args: string[]): number => {
    const { pid } = spawn(program, args, { env, stdio: 'ignore' })
    started.push(pid!)
    return pid!
  }
  const stop = () => {
    for (const pid of started.flatMap(withDescendants))
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    rmSync(folder, { recursive: true, force: true })
  }
  const tls = ['--ssl-certfile', caFile, '--ssl-keyfile', keyFile, '--ssl-ca-certfile', caFile]
  start(
    'flower-superlink',
    ...(secure ? [...tls, '--enable-supernode-auth'] : ['--insecure']),
    ...['--port', String(port), '--disable-runtime-dependency-installation'],
  )
  const probe = connectTo(url, { ca: secure ? cert : undefined })
  const isReady = () =>
    probe.call('/health', new Uint8Array(), { headers: {} }).then(
      () => true,
      () => false,
    )
  while (!(await isReady())) await pause(250)
  probe.close()
  const flwr = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync('flwr', args, { env, encoding: 'utf8', timeout: 120_000 })
    expect({ args, status, stderr: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({
      args,
      status: 0,
      stderr: '',
    })
    return stdout
  }
  const logOf = (run: string) => flwr('log', '--show', run, 'here')
  return {
    url,
    version: flwr('--version').match(/[\d.]+/)![0],
    ca: secure ? cert : undefined,
    folder,
    flwr,
    start,
    stop,
    logOf,
    run(app, config = {}) {
      const options = Object.entries(config).flatMap(([name, value]) => [
        '-c',
        `${name}=${JSON.stringify(value)}`,
      ])
      const told = JSON.parse(flwr('run', app, 'here', '--format', 'json', ...options)) as {
        'run-id': string
      }
      return String(told['run-id'])
    },
    async finished(run) {
      for (;;) {
        const { runs } = JSON.parse(flwr('ls', 'here', '--format', 'json')) as {
          runs: { 'run-id': string; status: string }[]
        }
        const { status } = runs.find((one) => String(one['run-id']) === run)!
        if (status.startsWith('finished')) return { status, log: logOf(run) }
        await pause(1500)
      }
    },
  }
}

/** The app with the operator's file of the guide as its server. */
export function checkedApp(folder: string): string {
  const app = join(folder, 'checked')
  cpSync(lineApp, app, { recursive: true })
  cpSync(join(import.meta.dirname, '../../docs/how-to/flower-server.py'), join(app, 'line/server.py'))
  return app
}
