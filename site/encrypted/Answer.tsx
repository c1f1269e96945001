// The answer, read in this browser: the likeliest class large, all of them as bars.
// Source: the softmax of the decrypted numbers (@frostglass/edge, `decode`).
// A probability is what the network says of itself; it is no promise.

import type { Decoded } from '../../src/edge/ask.ts'
import { percent } from '../../src/statistics/figures.ts'

/** The bars; empty without an answer. */
export function Answer({ answer, names }: { answer: Decoded | undefined; names: readonly string[] }) {
  return (
    <div class="answers single">
      <p class="winner obfuscated" data-answer={answer?.label ?? ''}>
        <span class="of">decrypted here</span>
        <b>{answer?.label ?? '–'}</b>
        <span class="sure">{answer ? percent(answer.probability) : ' '}</span>
      </p>
      <table>
        <caption class="unseen">Probability of each class</caption>
        <thead class="unseen">
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Probability</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name, i) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="obfuscated">
                <span class="bar" style={{ '--share': answer?.all[i]?.probability ?? 0 }} />
                <span class="unseen">{answer ? percent(answer.all[i]!.probability) : 'none'}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
