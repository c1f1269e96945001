// Starts a page: the theme that the visitor chose before, then the application behind the gate of a service with a token.
// Source: docs/architecture.md#the-service-and-the-edge. Preact; everything comes from the server that serves it.
// It stores one thing, the chosen theme, and only on this machine.

import { type ComponentChild, render } from 'preact'
import { Gate } from './Gate.tsx'
import { applyTheme, storedTheme } from './Theme.tsx'

/** Puts the application into the page. */
export function start(app: ComponentChild): void {
  applyTheme(storedTheme())
  const root = document.getElementById('page')
  if (root) render(<Gate>{app}</Gate>, root)
}
