// The page: a digit, what leaves, what the service answers, what an attacker gets back, and what that means.
// Source: ObfNet (Xu et al. 2020) for the pane, Yonan et al. 2025 for the attack.
// It shows one kind of pane and one attack; `frostglass audit` runs them all.

import { useEffect, useRef, useState } from 'preact/hooks'
import { Bottleneck } from './Bottleneck.tsx'
import { Chart } from './Chart.tsx'
import { About, Judged, Training, VerdictWords } from './Findings.tsx'
import { beginsWith, paneOf, useDigits, useGallery } from './gallery.ts'
import { Masthead } from './Masthead.tsx'
import { Attacker, Leaves, Service } from './Tiles.tsx'
import { type ShownRound, useRound } from './useRound.ts'
import { useDigit, YourDigit } from './YourDigit.tsx'

/** The page. */
export function App() {
  const { index, lost } = useGallery()
  const digits = useDigits(index?.digits.file)
  const digit = useDigit(digits)
  const { pixels } = digit
  const [chosen, setBottleneck] = useState<number>()
  const began = useRef<number | undefined>(undefined)
  if (index) began.current ??= beginsWith(index)
  const bottleneck = chosen ?? began.current ?? 64
  // What the pane was measured with, which for the first is of its own.
  const { pane, seen } = paneOf(index, bottleneck)
  const { round, again } = useRound(pixels, pane, seen)
  const waits = index !== undefined && !pane

  return (
    <>
      <Masthead />
      <main>
        <div class="hero">
          <div>
            <h1>What does the pane hide?</h1>
            {seen && pane && <Judged pane={pane} index={seen} />}
          </div>
          <p>
            A small network in your browser, the <em>pane</em>, obfuscates a digit before it leaves. The
            service’s model still answers. An attacker who trained on the pane’s public outputs tries to draw
            your digit again.
          </p>
        </div>
        {index && <Training index={index} />}
        {lost && (
          <p class="notice" role="status">
            The server does not answer. This page asks again by itself.
          </p>
        )}
        {round?.failure && (
          <p class="notice" role="alert">
            This digit was not answered: {round.failure}{' '}
            <button type="button" class="quiet" onClick={again}>
              Ask again
            </button>
          </p>
        )}
        <section class="stage" aria-label="One digit, before and behind the pane">
          <YourDigit digit={digit} digits={digits} />
          {index && <Bottleneck index={index} value={bottleneck} onChange={setBottleneck} />}
          <Leaves round={round} waits={waits} />
          <Service round={round} />
          <Attacker round={round} waits={waits} />
        </section>
        <div class="findings">
          {seen && pane && <VerdictWords pane={pane} index={seen} isFirst={pane === seen.first?.pane} />}
          {index && index.panes.length > 0 && (
            <section class="measured" aria-labelledby="measured">
              <h2 id="measured">The exchange, at every bottleneck</h2>
              <Chart index={index} value={bottleneck} onChange={setBottleneck} />
            </section>
          )}
        </div>
        {index && <About index={index} />}
        <p class="unseen" role="status" aria-live="polite" id="spoken">
          <Spoken round={round} bottleneck={bottleneck} />
        </p>
      </main>
    </>
  )
}

/** What changed, for those who hear the page: once things are still. */
function Spoken({ round, bottleneck }: { round: ShownRound | undefined; bottleneck: number }) {
  const [text, setText] = useState('')
  const { raw, obfuscated, ssim, done } = round ?? {}
  useEffect(() => {
    if (!round || round.failure) setText('')
    if (!done || !raw || !obfuscated || ssim === undefined) return
    const timer = setTimeout(() => {
      const same = raw.label === obfuscated.label
      setText(
        `Bottleneck ${bottleneck}. The service answers ${raw.label} to the raw digit and ${same ? 'the same' : obfuscated.label} ` +
          `to what the pane sends. The attacker’s picture has an SSIM of ${ssim.toFixed(2)}, where 1 is your very digit.`,
      )
    }, 700)
    return () => clearTimeout(timer)
  }, [raw?.label, obfuscated?.label, ssim?.toFixed(2), bottleneck, done])
  return <>{text}</>
}
