// A question to a model that can be pasted into a shell, and is answered: zeros, or a word, of the shapes that it takes.
// Source: Open Inference Protocol (KServe V2); POSIX shell quoting. Free sizes are taken as 1.
// A model may refuse zeros; large inputs are written by the shell itself, so that the line can be read.

interface Input {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

// More numbers than this are made by the shell.
const most = 32

/** How a shell that has the service's token in a variable sends it. */
const withToken = '-H "Authorization: Bearer $FROSTGLASS_TOKEN"'

/**
 * The command; undefined for a model that JSON cannot ask.
 * @param origin of the service, as `http://127.0.0.1:8080`
 * @param guarded whether the service has a token, which the command takes from the variable FROSTGLASS_TOKEN
 */
export function pastedExample(
  origin: string,
  model: { readonly name: string; readonly inputs: readonly Input[] },
  guarded = false,
): string | undefined {
  if (model.inputs.some(({ datatype }) => datatype === 'BF16')) return undefined
  const inputs = model.inputs.map(({ name, datatype, shape }) => {
    const sizes = shape.map((size) => (size < 0 ? 1 : size))
    const count = sizes.reduce((product, size) => product * size, 1)
    const value = datatype === 'BYTES' ? '"word"' : datatype === 'BOOL' ? 'false' : '0'
    const data = count <= most ? new Array<string>(count).fill(value).join(', ') : made(value, count)
    const about = `"name": ${inShell(JSON.stringify(name))}, "shape": [${sizes.join(', ')}], "datatype": "${datatype}"`
    return `{${about},\n  "data": [${data}]}`
  })
  const url = `${origin}/v2/models/${encodeURIComponent(model.name)}/infer`
  const body = `'{"inputs": [${inputs.join(',\n  ')}]}'`
  // An argument of a program has an end (128 kB on Linux); one of the shell's own printf has none.
  const curl = `curl -s ${guarded ? `${withToken} ` : ''}${url}`
  return inputs.some((input) => input.includes('$('))
    ? `printf %s ${body} | ${curl} -d @-`
    : `${curl} -d ${body}`
}

/** Text inside single quotes. */
const inShell = (text: string): string => text.replaceAll("'", "'\\''")

/** So many values, written by the shell in the middle of a text in single quotes. */
const made = (value: string, count: number): string =>
  `'"$(yes '${value}' | head -n ${count} | paste -s -d , -)"'`
