// The file of cases: made once by Python with PyPI's `onnx`, and kept in node_modules/.cache.
// Source: PyPI. FROSTGLASS_PYTHON names a Python that has the packages; otherwise one is made with its own venv.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const version = '1.23.2'
const packages = [`onnx==${version}`, 'onnxruntime==1.32.0']
const cache = fileURLToPath(new URL('../../node_modules/.cache/conformance/', import.meta.url))
const script = fileURLToPath(new URL('./cases.py', import.meta.url))

/** The path of the cases; they are made if they are not there. */
export function casesFile(): string {
  const file = `${cache}cases-${version}.jsonl`
  if (existsSync(file)) return file
  mkdirSync(cache, { recursive: true })
  const python = process.env['FROSTGLASS_PYTHON'] ?? ownPython()
  execFileSync(python, [script, `${file}.part`], { stdio: 'inherit' })
  renameSync(`${file}.part`, file)
  return file
}

function ownPython(): string {
  const python = `${cache}venv/bin/python`
  // What was interrupted has a Python, and no packages.
  const made = `${cache}venv/made-${version}`
  if (existsSync(made)) return python
  process.stdout.write(`Making a Python with ${packages.join(' and ')} (once) …\n`)
  execFileSync('python3', ['-m', 'venv', `${cache}venv`], { stdio: 'inherit' })
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' })
  writeFileSync(made, packages.join('\n'))
  return python
}
