// How numbers, metrics and standpoints are said to somebody who is no cryptographer.
// Source: docs/architecture.md#the-audit ("the verdict first"); the meanings are those of attack.ts.
// Rounding is to what a reader needs; report.json holds every digit.

import type { Holding, MetricName, Standpoint } from './finding.ts'

/** How a number of the report is written down: a limit upwards, so that what is read holds as well. */
export type Format = 'share' | 'limit' | 'count' | 'error' | 'seconds' | 'number'

/** What a report is about: words for rows of a table do not fit images or models. */
export type Subject = 'table' | 'images' | 'model' | 'update' | 'fleet' | 'published' | 'synthetic'

/** A number as the page and the terminal write it. */
export function written(value: number, format: Format): string {
  if (format === 'count') return value.toLocaleString('en')
  if (format === 'seconds') return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`
  if (format === 'number') return numeral(value)
  if (format === 'limit') return percentage(Math.min(1, Math.ceil(value * 1e3 - 1e-9) / 1e3))
  if (format === 'error') return value > 0 && value < 0.0005 ? 'below 0.1%' : percentage(value)
  return value < -1 ? 'below −100%' : percentage(value)
}

/** Three figures, and no more than four places. */
function numeral(value: number): string {
  const size = Math.abs(value)
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
  return value
    .toFixed(places)
    .replace(/^-(0\.?0*)$/, '$1')
    .replace('-', '−')
}

function percentage(share: number): string {
  // 99.97% is not all, and 0.03% is not nothing.
  const percent = 100 * share
  const rounded = percent.toFixed(1)
  if (rounded === '100.0' && share < 1) return 'over 99.9%'
  if (rounded === '0.0' && share > 0) return 'below 0.1%'
  return `${rounded.replace(/^-0\.0$/, '0.0').replace('-', '−')}%`
}

interface MetricWords {
  /** Heads a table or an axis. */
  readonly title: string
  /** Says what it means. */
  readonly meaning: string
  /** The number and what it is a share of, to end a sentence that begins with who. */
  readonly gets: (value: string) => string
}

const metrics: Readonly<Record<MetricName, MetricWords>> = {
  cells5: {
    title: 'cells within 5%',
    meaning:
      'share of the unseen cells that the guess hits within 5% of the attribute’s range; a category exactly',
    gets: (value) => `recovers ${value} of all other cells to within 5% of their range`,
  },
  cells1: {
    title: 'cells within 1%',
    meaning:
      'share of the unseen cells that the guess hits within 1% of the attribute’s range; a category exactly',
    gets: (value) => `recovers ${value} of all other cells almost exactly (within 1% of their range)`,
  },
  explained: {
    title: 'variance explained',
    meaning:
      'share of the variance of the unseen cells that the guess explains (R²); zero is what guessing the mean explains',
    gets: (value) => `explains ${value} of the variance of all other cells`,
  },
  correlation: {
    title: 'correlation',
    meaning:
      'largest absolute correlation of what the attack separates with an attribute, mean over attributes; its baseline are the released columns as they are',
    gets: (value) => `finds directions that correlate to ${value} with the true columns`,
  },
  rank1: {
    title: 'rows linked',
    meaning: 'share of the people on a list who are matched with their own protected row at the first guess',
    gets: (value) => `finds the protected row of ${value} of the people on a list at the first guess`,
  },
  rank5: {
    title: 'rows linked, five guesses',
    meaning: 'the same with five guesses',
    gets: (value) => `finds the protected row of ${value} of the people on a list within five guesses`,
  },
  labels: {
    title: 'labels named',
    meaning:
      'share of the rows whose hidden class is named rightly, or whose hidden number is, within 1% of its range',
    gets: (value) => `names the hidden label of ${value} of the rows`,
  },
  ssim: {
    title: 'structural similarity',
    meaning:
      'how alike the reconstructed images are to the true ones (SSIM), mean over images; its chance is the mean image of the training set, or the best constant image',
    gets: (value) => `reconstructs the images to a structural similarity of ${value}`,
  },
  attribute: {
    title: 'attribute named',
    meaning:
      'share of the samples whose sensitive attribute is named rightly; chance is the share of its most frequent class',
    gets: (value) => `names a sensitive attribute of ${value} of the samples`,
  },
  purity: {
    title: 'neighbours of the same class',
    meaning:
      'share of a sample’s ten nearest neighbours that are of its class, mean over samples; chance is that of a random neighbour',
    gets: (value) => `sees ${value} of all neighbours share a class`,
  },
  pane: {
    title: 'pane named',
    meaning: 'share of the samples of which is told which of the panes made them',
    gets: (value) => `tells which pane made ${value} of the samples`,
  },
  member: {
    title: 'membership',
    meaning:
      'how often an image that the pane was trained on is ranked above one that it was not (area under the ROC curve); half is a guess',
    gets: (value) => `ranks training images above others ${value} of the time`,
  },
  steered: {
    title: 'rows steered',
    meaning:
      'share of the rows of the attacker’s choice that the model puts into the class of its choice; chance is what the same fleet without the attack gives',
    gets: (value) => `has the model answer as it likes for ${value} of the rows that it chose`,
  },
  pictured: {
    title: 'pictures of another’s class',
    meaning:
      'share of the pictures made of a class which the attacker does not hold that an independent model takes for that class; chance is what the same attack gets where nobody holds the class',
    gets: (value) => `makes pictures of a class that it does not hold, ${value} of which are taken for it`,
  },
  singled: {
    title: 'people singled out',
    meaning:
      'share of the people of whom exactly one published row is left; chance is what is so without the table',
    gets: (value) => `is left with exactly one published row for ${value} of the people`,
  },
  certain: {
    title: 'hidden values known for certain',
    meaning:
      'share of the people whose true hidden value the attacker believes at nineteen times in twenty or more; chance is what is so of who knows the shares of the whole table alone',
    gets: (value) => `is certain of the hidden value of ${value} of the people, and right`,
  },
  belief: {
    title: 'belief in the true value',
    meaning:
      'mean share of belief that the attacker has in a person’s true hidden value; chance is that of who knows the shares of the whole table alone',
    gets: (value) => `comes to believe in the true hidden values at ${value} on average`,
  },
  linked: {
    title: 'parts put together',
    meaning:
      'of people who are known in two parts, the share whose parts were put together by the synthetic rows, beyond what is so of people who are not in the data, in what that leaves',
    gets: (value) =>
      `puts the two known parts of ${value} of the people together, beyond what it gets of strangers`,
  },
  inferred: {
    title: 'hidden values inferred',
    meaning:
      'share of the people whose hidden value was inferred, beyond what is so of people who are not in the data, in what that leaves',
    gets: (value) => `infers the hidden value of ${value} of the people, beyond what it gets of strangers`,
  },
  copied: {
    title: 'people copied',
    meaning:
      'of people who are unlike all others, the share whose row, or all of it but one column, is among the synthetic ones, beyond what is so of people who are not in the data, in what that leaves',
    gets: (value) =>
      `reads the rows of ${value} of the people who are unlike all others, beyond what it gets of strangers`,
  },
}

/** Said otherwise of images. */
const ofImages: Partial<Record<MetricName, MetricWords>> = {
  rank1: {
    title: 'sources found',
    meaning: 'share of the samples whose source image is named at the first guess among the candidates',
    gets: (value) => `finds the source image of ${value} of the samples at the first guess`,
  },
  rank5: {
    title: 'sources found, five guesses',
    meaning: 'the same with five guesses',
    gets: (value) => `finds the source image of ${value} of the samples within five guesses`,
  },
}

/** Said otherwise of a model. */
const ofModel: Partial<Record<MetricName, MetricWords>> = {
  member: {
    title: 'membership',
    meaning:
      'how often a row that the model was trained on is ranked above one that it was not (area under the ROC curve); half is a guess',
    gets: (value) => `ranks rows of the training data above others ${value} of the time`,
  },
}

/** Said otherwise of what nodes of a fleet send. */
const ofUpdate: Partial<Record<MetricName, MetricWords>> = {
  cells5: {
    title: 'numbers of rows within 5%',
    meaning: 'share of all numbers of the nodes’ rows that the guess hits within 5% of their range',
    gets: (value) => `recovers ${value} of all numbers of the nodes’ rows to within 5% of their range`,
  },
  cells1: {
    title: 'numbers of rows within 1%',
    meaning: 'share of all numbers of the nodes’ rows that the guess hits within 1% of their range',
    gets: (value) =>
      `recovers ${value} of all numbers of the nodes’ rows almost exactly (within 1% of their range)`,
  },
  labels: {
    title: 'classes named',
    meaning: 'share of the rows of which it was counted rightly how many of their class there are',
    gets: (value) => `names the classes of ${value} of the rows behind what was sent`,
  },
  member: {
    title: 'membership',
    meaning:
      'how often a row that a message was made from is ranked above one that it was not (area under the ROC curve); half is a guess',
    gets: (value) => `ranks rows behind a message above others ${value} of the time`,
  },
}

/** Said otherwise of a published table. */
const ofPublished: Partial<Record<MetricName, MetricWords>> = {
  cells1: {
    title: 'generalised cells rebuilt',
    meaning: 'share of the generalised cells of which the one value behind the label is certain',
    gets: (value) => `rebuilds ${value} of the generalised cells for certain`,
  },
  rank1: {
    title: 'rows linked',
    meaning:
      'share of the people on a list who are matched with their own published row at the first guess; chance is one row of all',
    gets: (value) => `finds the published row of ${value} of the people on a list at the first guess`,
  },
  attribute: {
    title: 'hidden values named',
    meaning:
      'share of the people whose hidden value is named rightly; chance is the commonest value, the baseline what the other columns tell of a stranger',
    gets: (value) => `names the hidden value of ${value} of the people`,
  },
}

/** Said otherwise of synthetic rows. */
const ofSynthetic: Partial<Record<MetricName, MetricWords>> = {
  singled: {
    title: 'people singled out',
    meaning:
      'share of the attacker’s descriptions that fit exactly one person of the data, beyond what is so of people who are not in the data, in what that leaves',
    gets: (value) =>
      `describes exactly one person with ${value} of its guesses, beyond what it gets of strangers`,
  },
  attribute: {
    title: 'columns named',
    meaning:
      'share of the people whose value in one column is named rightly; chance is a random synthetic row, the baseline what the same attack gets of people who are not in the data',
    gets: (value) => `names one column of ${value} of the people`,
  },
  member: {
    title: 'membership',
    meaning:
      'how often a row that the synthetic rows were made from is ranked above one that they were not (area under the ROC curve); half is a guess',
    gets: (value) => `ranks rows of the original data above others ${value} of the time`,
  },
}

const special: Readonly<Record<Subject, Partial<Record<MetricName, MetricWords>>>> = {
  table: {},
  images: ofImages,
  model: ofModel,
  update: ofUpdate,
  fleet: {},
  published: ofPublished,
  synthetic: ofSynthetic,
}

/** A metric in words. */
export function metricWords(name: MetricName, subject: Subject = 'table'): MetricWords {
  return special[subject][name] ?? metrics[name]
}

/**
 * Who the adversary is, to begin a sentence with.
 * @param holds what an adversary of tables has besides what left; as its standpoint alone says, if absent.
 */
export function adversary(
  standpoint: Standpoint,
  known: number,
  subject: Subject = 'table',
  holds?: readonly Holding[],
): string {
  if (subject === 'model') return 'Someone who has a row and may ask the model'
  if (subject === 'fleet' || standpoint === 'participant')
    return 'One participant, who trains with the others and sends what it likes,'
  if (subject === 'published')
    return {
      blind: 'Someone who has the published table and nothing else',
      leak: 'Someone who has the published table and a list of the people, and knows more of some of them,',
      outsider: 'Someone who has the published table and a list of the people',
      server: 'Someone who has the published table and a list of the people, and knows how it was made,',
    }[standpoint]
  if (subject === 'synthetic')
    return standpoint === 'blind'
      ? 'Someone who has the synthetic rows and nothing else'
      : 'Someone who has the synthetic rows and knows a part of what people are'
  if (subject === 'update') return 'The server, which sees what nodes send,'
  const rows = `${written(known, 'count')} of its rows`
  const more = (holds ?? []).flatMap((holding) => (holding in had ? [had[holding as keyof typeof had]] : []))
  if (standpoint === 'leak') {
    const knows =
      holds && !holds.includes('pairs')
        ? `Someone who knows of ${rows} who is above whom, and which protected rows they became`
        : `Someone who knows ${rows} ${known === 1 ? 'and which protected row it' : 'and which protected rows they'} became`
    return more.length > 0 ? `${knows}, and has ${more.join(' and ')},` : knows
  }
  if (standpoint === 'blind' && holds && subject === 'table')
    return more.length > 0
      ? `Someone who has the released file and ${more.join(' and ')}, but no known row,`
      : 'Someone who has the released file and nothing else'
  return {
    blind:
      subject === 'images'
        ? 'Someone who has what left and not the pane'
        : 'Someone who has the released file and public data, but no known row,',
    server: 'The service, which has the public obfuscator and the original training data,',
    outsider: 'Someone who has the public obfuscator and data of their own',
  }[standpoint]
}

/** What an adversary may have besides known rows and their order. */
const had: Readonly<Record<Exclude<Holding, 'pairs' | 'ranks'>, string>> = {
  people: 'raw rows of half of the people, not knowing whose is whose',
  strangers: 'raw rows of other people',
  distributions: 'public distributions',
}

/** A share as page and terminal write it. */
export function shareText(share: number): string {
  return written(share, 'share')
}

/** A metric's name for the head of a table. */
export function metricTitle(name: MetricName, subject: Subject = 'table'): string {
  return metricWords(name, subject).title
}
