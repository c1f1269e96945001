// Starts the page: the theme that the visitor chose before, then the application.
// Source: docs/how-to/see-a-pane-at-work.md. Preact; everything comes from the server that serves it.
// It stores one thing, the chosen theme, and only on this machine.

import { App } from './App.tsx'
import { start } from './start.tsx'
import './styles/base.css'
import './styles/stage.css'
import './styles/control.css'
import './styles/findings.css'
import './styles/screens.css'
import './styles/gate.css'

start(<App />)
