// Flower's own server for tests, at a free port, with a home of its own: started, asked by `flwr`, ended with all its parts.
// Source: flower-superlink and flwr 1.41 and 1.42. FROSTGLASS_FLOWER names a Python that has them.
// It calls nobody: updates, telemetry and the installation of a run's dependencies are off.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const python = process.env['FROSTGLASS_FLOWER'] ?? 'python3'

/** Whether there is one; says so where there is not. */
export function hasFlower(): boolean {
  const has =
    spawnSync(python, ['-c', 'import flwr.serverapp'], { stdio: 'ignore', timeout: 120_000 }).status === 0
  if (!has)
    console.warn(
      `SKIPPED: ${python} has no Flower: pip install flwr (1.41 or later), and name that Python in FROSTGLASS_FLOWER`,
    )
  return has
}

/** A server that runs. */
export interface Superlink {
  readonly url: string
  /** Starts a run of an app's folder. @returns its number */
  run(app: string, config: string): string
  /** Waits until a run is over. @returns how it ended, and what its program printed */
  over(run: string): Promise<{ readonly status: string; readonly log: string }>
  close(): void
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Starts a server, without TLS. */
export async function startSuperlink(): Promise<Superlink> {
  const home = mkdtempSync(join(tmpdir(), 'frostglass-superlink-'))
  const env = {
    ...process.env,
    // It starts its parts by bare name.
    PATH: `${dirname(python)}:${process.env['PATH']}`,
    FLWR_HOME: join(home, 'home'),
    FLWR_DISABLE_UPDATE_CHECK: '1',
    FLWR_TELEMETRY_ENABLED: '0',
  }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  mkdirSync(env.FLWR_HOME)
  writeFileSync(
    join(env.FLWR_HOME, 'config.toml'),
    `[superlink]\ndefault = "here"\n[superlink.here]\naddress = "127.0.0.1:${port}"\ninsecure = true\n`,
  )
  const link = spawn(
    'flower-superlink',
    ['--insecure', '--port', String(port), '--disable-runtime-dependency-installation'],
    { env, stdio: 'ignore', detached: true },
  )
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isUp())) await pause(250)
  const flwr = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync('flwr', args, { env, encoding: 'utf8', timeout: 60_000 })
    if (status !== 0) throw new Error(`flwr ${args[0]} ended with ${status}: ${stderr}`)
    return stdout
  }
  return {
    url,
    run(app, config) {
      const out = flwr('run', app, 'here', '--format', 'json', '--run-config', config)
      return String((JSON.parse(out) as { 'run-id': string })['run-id'])
    },
    async over(run) {
      for (;;) {
        const { runs } = JSON.parse(flwr('ls', 'here', '--format', 'json')) as {
          runs: { 'run-id': string; status: string }[]
        }
        const { status } = runs.find((one) => String(one['run-id']) === run)!
        if (status.startsWith('finished')) return { status, log: flwr('log', '--show', run, 'here') }
        await pause(500)
      }
    },
    close() {
      // Its parts too.
      if (link.pid) process.kill(-link.pid, 'SIGTERM')
      rmSync(home, { recursive: true, force: true })
    },
  }
}
