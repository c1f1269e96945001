// Starts the page: the theme that the visitor chose before, then the application.
// Source: docs/how-to/see-a-pane-at-work.md. Preact; everything comes from the server that serves it.
// It stores one thing, the chosen theme, and only on this machine.

import { render } from 'preact'
import { App } from './App.tsx'
import { Gate } from './Gate.tsx'
import { applyTheme, storedTheme } from './Theme.tsx'
import './styles/base.css'
import './styles/stage.css'
import './styles/control.css'
import './styles/findings.css'
import './styles/screens.css'
import './styles/gate.css'

applyTheme(storedTheme())
const root = document.getElementById('page')
if (root)
  render(
    <Gate>
      <App />
    </Gate>,
    root,
  )
