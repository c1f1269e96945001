// npm run flower: a Python that has Flower, for the tests against its own server; prints its path, for FROSTGLASS_FLOWER.
// Source: PyPI, exactly what test/clients/flower/requirements.txt names. It is kept in the user's cache folder, once for each such list.
// Python 3.11 or later and its venv are wanted; where they or PyPI are missing it fails, and says why.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const list = fileURLToPath(new URL('../test/clients/flower/requirements.txt', import.meta.url))
const hash = createHash('sha256').update(readFileSync(list)).digest('hex').slice(0, 12)
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const folder = join(cache, 'frostglass', `flower-${hash}`)
const python = join(folder, 'bin', 'python')
// What was interrupted has a Python, and no packages.
const made = join(folder, 'made')

if (!existsSync(made)) {
  process.stderr.write(`Making a Python with Flower in ${folder} (once) …\n`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // What pip tells goes beside the path that is printed.
  const stdio = ['ignore', process.stderr, process.stderr] as const
  try {
    execFileSync(process.env['FROSTGLASS_PYTHON'] ?? 'python3', ['-m', 'venv', folder], { stdio: [...stdio] })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', list], {
      stdio: [...stdio],
    })
    execFileSync(python, ['-c', 'import flwr.serverapp'], { stdio: [...stdio] })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    process.stderr.write(`no Python with Flower could be made: ${(error as Error).message}\n`)
    process.exit(1)
  }
  writeFileSync(`${made}.part`, '')
  renameSync(`${made}.part`, made)
}
process.stdout.write(`${python}\n`)
