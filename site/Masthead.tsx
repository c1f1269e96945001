// What stands at the top of every page: the name, and the switch of light and dark.
// Source: docs/how-to/see-a-pane-at-work.md.

import { ThemeSwitch } from './Theme.tsx'

/** The head. */
export const Masthead = () => (
  <header class="masthead">
    <p class="wordmark">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="20" cy="16" r="9" />
        <rect x="3" y="3" width="17" height="26" rx="3" />
      </svg>
      Frostglass
    </p>
    <ThemeSwitch />
  </header>
)
