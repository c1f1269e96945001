// Charts as SVG: a Vega-Lite specification drawn under the house's style.
// Source: Vega and Vega-Lite. Both are loaded at the first drawing, since they take half a second.
// It draws what it is given and measures nothing.

import type { TopLevelSpec } from 'vega-lite'

/** A Vega-Lite specification; `config` and `background` are merged over the house's style. */
export type FigureSpec = Readonly<Record<string, unknown>>

/** Colours that people with colour-blindness tell apart (Okabe and Ito), dark enough for lines on white. */
export const palette = ['#0072B2', '#D55E00', '#007F5F', '#7A4FBF', '#8A6A00', '#4D4D4D', '#B0336E'] as const

const style = {
  font: 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif',
  title: { anchor: 'start', frame: 'group', fontSize: 16, subtitleFontSize: 13, subtitleColor: '#444' },
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', gridColor: '#e6e6e6' },
  legend: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal' },
  header: { labelFontSize: 13, titleFontSize: 13 },
  range: { category: [...palette] },
  view: { stroke: '#bbb' },
}

/**
 * The figure as SVG text.
 * @throws Error of Vega-Lite for a specification that it does not know.
 * @example await svgOf({ data: { values: [{ x: 1, y: 2 }] }, mark: 'point', encoding: { x: { field: 'x', type: 'quantitative' } } })
 */
export async function svgOf(spec: FigureSpec): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const { config, ...rest } = spec as { config?: Record<string, object> | undefined }
  const merged = { ...style, ...config } as Record<string, unknown>
  for (const [name, part] of Object.entries(config ?? {})) {
    const house = (style as Record<string, unknown>)[name]
    if (house && typeof house === 'object' && !Array.isArray(part)) merged[name] = { ...house, ...part }
  }
  const full = { background: 'white', padding: 16, ...rest, config: merged } as unknown as TopLevelSpec
  return new View(parse(compile(full).spec), { renderer: 'none' }).toSVG()
}
