// Classes by all labels together: the naming of codes under which most people's labels are all there.
// Source: jointNames.ts; hiddenTarget.ts for numbers among the labels. One label by its frequencies alone is labelFrequency.ts.
// Classes that go with the other labels alike, and are equally frequent, are named by accident.

import { labelAttack } from '../labelAttack.ts'
import { jointLabel, withLine } from './crowdLinking.ts'
import { crowdLabel } from './crowdOf.ts'
import { namesTogether } from './jointNames.ts'

/** Blind: labels of half of the people, several of each, without knowing whose row is whose. */
export const labelNames = labelAttack({
  name: 'label-names',
  title: 'Hidden classes by all labels together',
  standpoint: 'blind',
  reads: ['classes', 'target'],
  holds: ['people'],
  needs:
    'the protected labels, of which there are several, and the labels of half of the people, without knowing whose row is whose',
  source:
    'Fischler and Bolles (1981), Kuhn (1955); frequency analysis as in Naveed, Kamara and Wright (CCS 2015)',
  fewest: 0,
  label: 'classes',
  background: 'crowd',
  byOthers: true,
  guess(view) {
    const { classes, labelColumns = [] } = view
    const people = classes!.background!.length
    const joint = [{ classes: classes! }, ...labelColumns].map((label) =>
      jointLabel(withLine(crowdLabel(label, people))),
    )
    const [names] = namesTogether(joint.flatMap((label) => label ?? []))
    return { labels: Int32Array.from(classes!.unseen, (code) => names![code]!) }
  },
})
