// The program's version, as its command line, its services and its reports state it.
// Source: package.json, which stands at the same place beside src/ and dist/.
// It says nothing of the versions of what the program runs on.

import { readFileSync } from 'node:fs'

/** Of frostglass, such as `0.1.0`. */
export const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}
