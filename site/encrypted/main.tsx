// Starts the page of encrypted inference: the theme that the visitor chose before, then the application.
// Source: docs/architecture.md#computing-on-ciphertexts. Preact; everything comes from the server that serves it.
// Secrets live in the page's worker and nowhere else: a reload draws new ones.

import { start } from '../start.tsx'
import { App } from './App.tsx'
import '../styles/base.css'
import '../styles/stage.css'
import '../styles/findings.css'
import '../styles/screens.css'
import '../styles/encrypted.css'
import '../styles/gate.css'

start(<App />)
