// Texts of a page that are hard to read for lack of contrast.
// Source: WCAG 2.2, 1.4.3 (4.5 to 1) and its relative luminance.
// It sees flat colours behind a text, not pictures or gradients.

import type { Page } from 'playwright-core'

/** Texts whose contrast with what lies behind them is below 4.5. */
export function faint(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const context = canvas.getContext('2d', { willReadFrequently: true })!
    // The browser itself turns any notation of a colour into bytes, over what is behind it.
    const over = (colour: string, behind: readonly number[]): number[] => {
      context.fillStyle = `rgb(${behind.join(' ')})`
      context.fillRect(0, 0, 1, 1)
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
      return Array.from(context.getImageData(0, 0, 1, 1).data.subarray(0, 3))
    }
    const luminance = (bytes: readonly number[]) =>
      bytes
        .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0)
    const behind = (element: Element | null): number[] =>
      element
        ? over(getComputedStyle(element).backgroundColor, behind(element.parentElement))
        : [255, 255, 255]
    const found: string[] = []
    for (const element of document.querySelectorAll('body *')) {
      const text = Array.from(element.childNodes, (n) => (n.nodeType === 3 ? n.textContent! : ''))
        .join('')
        .trim()
      if (!text || element.getBoundingClientRect().width === 0) continue
      const style = getComputedStyle(element)
      const ground = behind(element)
      const colour = element.closest('svg') ? style.fill : style.color
      const [a, b] = [luminance(over(colour, ground)), luminance(ground)]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${colour} on ${ground}: ${text.slice(0, 40)}`)
    }
    return found
  })
}
