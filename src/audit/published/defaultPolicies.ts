// What an audit of a published table, or of synthetic rows, is held to without a policy of one's own.
// Source: Article 29 WP, Opinion 05/2014 (singling out, linkability, inference); European Medicines Agency, Policy 0070.
// Ceilings are judgements, each with its reason; a policy that holds says nothing of attacks that were not run.

import type { Policy } from '../policy/policy.ts'

/** The policy of an audit of a published table, without one; each rule says why. */
export const defaultPublishedPolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for published tables',
  unmeasured: 'fails',
  rules: [
    {
      name: 'Nobody is singled out',
      why: 'Who is left alone in a class is found by whoever knows the columns (Article 29 WP, Opinion 05/2014). Two in a hundred are for the doubt of a few hundred rows.',
      against: 'any',
      metric: 'singled',
      most: 0.02,
    },
    {
      name: 'Rows are not matched with a list of known people',
      why: 'The European Medicines Agency takes 9% as the largest acceptable risk of re-identification (Policy 0070).',
      against: 'outsider',
      metric: 'rank1',
      most: 0.09,
    },
    {
      name: 'Who knows half of the people does not find the others',
      why: 'Some rows are always known to somebody. One in five is the largest risk that guidance allows among trusted recipients (El Emam 2013).',
      against: 'leak',
      metric: 'rank1',
      most: 0.2,
    },
    {
      name: 'Hidden values are not known for certain',
      why: 'A class whose people all have one value tells it of each of them, however large the class is.',
      against: 'any',
      metric: 'certain',
      mostAboveBaseline: 0.05,
    },
    {
      name: 'Hidden values are not named',
      why: 'Ten points above what the other columns tell of a stranger come from the table, and are each person’s.',
      against: 'any',
      metric: 'attribute',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'Belief in the true value does not rise',
      why: 'A rare illness that becomes half likely is told as well as one that is certain.',
      against: 'any',
      metric: 'belief',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'What was generalised is not rebuilt',
      why: 'Local recoding can be taken back in part by who has nothing but the table.',
      against: 'blind',
      metric: 'cells1',
      most: 0.05,
    },
  ],
}

/** The policy of an audit of synthetic rows, without one; each rule says why. */
export const defaultSyntheticPolicy: Policy = {
  format: 'frostglass-policy',
  version: 2,
  name: 'default for synthetic tables',
  unmeasured: 'fails',
  rules: [
    {
      name: 'Nobody is singled out',
      why: 'The first of three risks that anonymous data must not have (Article 29 WP, Opinion 05/2014).',
      against: 'any',
      metric: 'singled',
      most: 0.1,
    },
    {
      name: 'Nobody is copied',
      why: 'Averages over all people hide a few rows that are somebody’s own. One in a hundred is for the doubt of some three hundred people, in the original and in the control.',
      against: 'any',
      metric: 'copied',
      most: 0.01,
    },
    {
      name: 'Parts of a person are not put together',
      why: 'The second of them.',
      against: 'any',
      metric: 'linked',
      most: 0.1,
    },
    {
      name: 'Hidden values are not inferred of those in the data more than of strangers',
      why: 'The third of them: what is inferred of strangers as well is what the data are for.',
      against: 'any',
      metric: 'attribute',
      mostAboveBaseline: 0.1,
    },
    {
      name: 'Whose rows the synthetic ones were made from is not told',
      why: 'To have been in the data can itself be nobody’s business: patients, customers. Half is a guess.',
      against: 'any',
      metric: 'member',
      most: 0.6,
    },
  ],
}
