// What the service answers, to the raw digit and to what the pane sends, class by class.
// Source: the softmax of the service's logits (@frostglass/edge, `decode`).
// A probability is what the network says of itself; it is no promise.

import { percent } from '../src/statistics/figures.ts'
import type { Asked } from './rounds.ts'

interface AnswersProps {
  readonly raw: Asked | undefined
  readonly obfuscated: Asked | undefined
}

/** Both answers: the digit large, all ten as bars. */
export function Answers({ raw, obfuscated }: AnswersProps) {
  return (
    <div class="answers">
      <div class="winners">
        <Winner title="raw" asked={raw} class="raw" />
        <Winner title="obfuscated" asked={obfuscated} class="obfuscated" />
      </div>
      <table>
        <caption class="unseen">Probability of each digit, as the service answers</caption>
        <thead class="unseen">
          <tr>
            <th scope="col">Digit</th>
            <th scope="col">Raw</th>
            <th scope="col">Obfuscated</th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 10 }, (_, digit) => (
            <tr key={digit}>
              <th scope="row">{digit}</th>
              <Bar share={raw?.probabilities[digit]} class="raw" />
              <Bar share={obfuscated?.probabilities[digit]} class="obfuscated" />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Winner({ title, asked, class: name }: { title: string; asked: Asked | undefined; class: string }) {
  return (
    <p class={`winner ${name}`} data-answer={asked?.label ?? ''}>
      <span class="of">{title}</span>
      <b>{asked?.label ?? '–'}</b>
      <span class="sure">{asked ? percent(asked.probability) : ' '}</span>
    </p>
  )
}

function Bar({ share, class: name }: { share: number | undefined; class: string }) {
  return (
    <td class={name}>
      <span class="bar" style={{ '--share': share ?? 0 }} />
      <span class="unseen">{share === undefined ? 'none' : percent(share)}</span>
    </td>
  )
}
