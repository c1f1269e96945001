// What to do about rules that nothing measured, or that were measured by attacks too weak to tell.
// Source: docs/reference/policies.md: not measured is not held.
// It names what gives an attack more to work with; whether that suffices only another audit says.

import type { Subject } from '../words.ts'
import { quoted } from './harm.ts'
import type { Advice } from './reportParts.ts'
import type { Measured } from './verdict.ts'

/** What is given to attacks that they may measure a rule. */
const more: Readonly<Record<Subject, string>> = {
  table:
    'More known rows (--known), more rows, or full effort (--effort full) give attacks more to work with; the end of this report says which were not run, and why.',
  images:
    'The images that the pane was trained on (--training), attributes (--attributes) and full effort give attacks more to work with; the end of this report says which were not run, and why.',
  update:
    'More messages, rows of the server’s own (own), candidates for membership and full effort give attacks more to work with; the end of this report says which were not run, and why.',
  fleet:
    'More rounds of the attack, and rows of all classes that nobody trains on, give attacks more to work with; the end of this report says which were not run, and why.',
  published:
    'Sensitive columns (--sensitive), a public list (--public), an earlier release (--previous) and more rows give attacks more to work with; the end of this report says which were not run, and why.',
  synthetic:
    'More rows that were kept out (--control) and more attacks (--attacks) give attacks more to work with; the end of this report says which were not run, and why.',
  model: 'More rows, or shadow models (--shadows), give attacks more to work with.',
}

/** One piece of advice on all rules without a measurement, one on all that rest on nothing but weak attacks. */
export function unmeasuredAdvice({ policy, judgements, subject = 'table' }: Measured): Advice[] {
  const named = (wanted: 'not measured' | 'too weak') =>
    judgements
      .filter(({ status }) => status === wanted)
      .map(({ rule }) => quoted(policy.rules[rule]!.name, 200))
      .join(', ')
  const [none, weak] = [named('not measured'), named('too weak')]
  return [
    ...(none === ''
      ? []
      : [{ action: `Do not take as held what was not measured: ${none}.`, reason: more[subject] }]),
    ...(weak === ''
      ? []
      : [
          {
            action: `Do not take as held what only weak attacks asked: ${weak}.`,
            reason: `Whoever always gives the same answer does as well as they did, or the rule allows all that could be got, or stronger attacks were left out, so that this says nothing of the release. ${more[subject]}`,
          },
        ]),
  ]
}
