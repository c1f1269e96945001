// Light, dark, or as the system has it.
// Source: prefers-color-scheme; the choice is an attribute of the root element, which the style sheet knows.
// Without storage (a private window that refuses it) the choice lasts as long as the page.

import { useState } from 'preact/hooks'

const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'frostglass-theme'

/** The theme chosen on an earlier visit. */
export function storedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? 'auto'
  } catch {
    return 'auto'
  }
}

/** Makes the page follow a theme. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.dataset['theme'] = theme
}

/** Three buttons, one of which is on. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme)
  const choose = (next: Theme) => {
    applyTheme(next)
    setTheme(next)
    try {
      localStorage.setItem(key, next)
    } catch {
      // Kept for this page alone.
    }
  }
  return (
    <fieldset class="themes">
      <legend class="unseen">Colours</legend>
      {themes.map((name) => (
        <label key={name}>
          <input type="radio" name="theme" checked={theme === name} onChange={() => choose(name)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  )
}
