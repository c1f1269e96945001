// What one question took: bytes and times of each stage, and where each is done.
// Source: measured by @frostglass/edge/encrypted in this browser; the service's own time is in the metrics.

import type { AskStage } from '../../src/edge/encrypted.ts'
import type { Asked } from './messages.ts'
import { size, time } from './words.ts'

interface StagesProps {
  readonly asked: Asked | undefined
  /** The stages that keys took: they are made and sent once. */
  readonly keys: Asked | undefined
  readonly stage: AskStage | undefined
}

/** The table. */
export function Stages({ asked, keys, stage }: StagesProps) {
  const t = asked?.milliseconds
  const rows: readonly (readonly [AskStage, string, string, number | undefined, number | undefined])[] = [
    ['making keys', 'Keys made, once', 'here', undefined, keys?.milliseconds.makeKeys],
    ['sending keys', 'Public keys sent, once', 'up', keys?.bytes.keys, keys?.milliseconds.sendKeys],
    ['encrypting', 'Digit encrypted', 'here', undefined, t?.encrypt],
    ['waiting', 'Ciphertext sent, computed on, answered', 'up', asked?.bytes.question, t?.service],
    ['decrypting', 'Answer decrypted', 'down', asked?.bytes.answer, t?.decrypt],
  ]
  return (
    <div class="scroll">
      <table class="stages">
        <caption class="unseen">What a question takes, stage by stage</caption>
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Bytes</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, words, way, bytes, milliseconds]) => (
            <tr key={name} class={stage === name ? 'now' : ''} data-stage={name}>
              <th scope="row">{words}</th>
              <td>{way === 'here' ? 'none leave' : bytes === undefined ? '–' : `${size(bytes)} ${way}`}</td>
              <td>{stage === name ? 'now …' : milliseconds === undefined ? '–' : time(milliseconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
