// The report on a model: attacks on membership judged by a policy, private training judged by its own claim.
// Source: docs/architecture.md#the-audit; Carlini et al. 2022 for how membership is reported; Steinke and others 2023 for the canaries.
// A claim that is not caught is not proved: a lower bound says nothing of what it did not find.

import { type FigureSpec, palette, svgOf } from '../../figures/index.ts'
import { version } from '../../version.ts'
import { countRules, judgePolicy } from '../policy/judgement.ts'
import { defaultModelPolicy, type Policy, requireAttributes } from '../policy/policy.ts'
import { reportedMetric } from '../policy/reported.ts'
import type { Advice, Verdict } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import { verdictOf } from '../policy/verdict.ts'
import { written } from '../words.ts'
import type { MembershipAttack, MembershipFinding } from './attackModel.ts'
import type { TrainingAudit } from './auditTraining.ts'
import { type ModelLeakReport, modelReportSchema } from './reportSchema.ts'

/** What a report on a model is made of. */
export interface ModelReportParts {
  /** What the report calls the model. */
  readonly name: string
  /** SHA-256 of its file. */
  readonly sha256?: string | undefined
  readonly seed: number
  readonly seconds: number
  /** What attacks on membership found, and with how many shadow models. */
  readonly membership?:
    | { readonly findings: readonly MembershipFinding[]; readonly shadows: number }
    | undefined
  /** What membership is judged by; the default policy for models if absent. */
  readonly policy?: Policy | undefined
  readonly training?: TrainingAudit | undefined
}

const words: Readonly<
  Record<MembershipAttack, { title: string; needs: string; source: string; note: string }>
> = {
  threshold: {
    title: 'Loss threshold',
    needs: 'the model’s answers to a row, and the row’s class',
    source: 'Yeom and others (CSF 2018)',
    note: 'Whoever the model is surer of counts as trained on. The score is log p / (1 − p) of the true class.',
  },
  'class-threshold': {
    title: 'Loss thresholds by class',
    needs: 'the model’s answers, and rows that it was not trained on',
    source: 'Song and Mittal (USENIX Security 2021)',
    note: 'Half of the others told the adversary what each class gets; it was judged on the other half.',
  },
  'lira-online': {
    title: 'Likelihood ratio (LiRA), online',
    needs:
      'the model’s answers, data like its own, its recipe, and shadow models trained on the row and without it',
    source: 'Carlini and others (S&P 2022), algorithm 1',
    note: 'Normal densities of the score are fitted to the shadow models that saw the row and to those that did not.',
  },
  'lira-offline': {
    title: 'Likelihood ratio (LiRA), offline',
    needs: 'the model’s answers, data like its own, its recipe, and shadow models trained without the row',
    source: 'Carlini and others (S&P 2022), algorithm 2',
    note: 'The shadow models may be trained before the row is known.',
  },
}

/**
 * Makes the report. Writes nothing.
 * @throws FrostglassError `input` for a policy that asks about an attribute: a model has none.
 * @example const report = await reportOnModel({ name: 'model.onnx', seed: 0, seconds: 3, membership: { findings, shadows: 16 } })
 */
export async function reportOnModel(parts: ModelReportParts): Promise<ModelLeakReport> {
  const { name, sha256 = null, seed, seconds, membership, policy = defaultModelPolicy, training } = parts
  requireAttributes(policy, [], name)
  const findings = await Promise.all((membership?.findings ?? []).map(findingOf))
  findings.sort((a, b) => b.metrics[0]!.value - a.metrics[0]!.value)
  const judgements = membership ? judgePolicy(policy, findings) : []
  const [first] = membership?.findings ?? []
  const onRows = membership && verdictOf({ policy, judgements, findings, subject: 'model' })
  return modelReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 6,
    audited: {
      kind: 'model',
      name,
      sha256,
      rows: first ? { members: first.members, others: first.others, shadows: membership!.shadows } : null,
    },
    run: { date: new Date().toISOString(), frostglass: version, seed, seconds },
    // A claim that is wrong outweighs what single attacks got.
    verdict: training && (training.caught || !onRows) ? claimVerdict(training) : onRows!,
    policy: membership ? policy : null,
    judgements,
    advice: adviceOn(
      judgements.some(({ status }) => status === 'broken'),
      training,
      unmeasuredAdvice({ policy, judgements, findings, subject: 'model' }),
    ),
    findings,
    training: training ? JSON.parse(JSON.stringify(training)) : null,
  } satisfies ModelLeakReport)
}

/** The verdict on private training, in one sentence. */
function claimVerdict({ caught, bound, claimed }: TrainingAudit): Verdict {
  const [low, high] = [written(bound.epsilon, 'number'), written(claimed.epsilon, 'number')]
  return {
    status: caught ? 'broken' : 'held',
    headline: caught
      ? 'The training gives away more of each person than it claims.'
      : 'The training was not caught giving away more than it claims.',
    sentence: caught
      ? `The run is caught: it gives away more than it claims. Its canaries show ε of ${low} or more, and it claims ${high}.`
      : `The run is consistent with its claim of ε = ${high}: its canaries show ${low} or more. A lower bound proves nothing about what it did not find.`,
    worst: null,
    judgement: null,
    rules: countRules([]),
  }
}

function adviceOn(
  distinguishes: boolean,
  training: TrainingAudit | undefined,
  unmeasured: Advice[],
): Advice[] {
  const advice: Advice[] = []
  if (training?.caught)
    advice.push({
      action: 'Do not publish what this training made, nor anything that it made before.',
      reason:
        'Look for noise that is too small (a variance taken for a deviation, noise divided by the batch once too often), rows that are not clipped one by one, batches that are not Poisson samples, and steps that the accountant does not count.',
    })
  if (distinguishes)
    advice.push({
      action:
        'Train with differential privacy, or give the model to nobody who may not know who is in its data.',
      reason:
        'Fewer epochs, more rows and rounded answers make attacks weaker; only noise in the training bounds all of them.',
    })
  advice.push(...unmeasured)
  if (advice.length === 0)
    advice.push({
      action: 'Audit again when the data, the model or its training changes.',
      reason: training
        ? 'One run was looked at, by one kind of canary; train the model that is published without canaries.'
        : 'The rule held for these rows and these attacks only.',
    })
  return advice
}

type Finding = ModelLeakReport['findings'][number]

async function findingOf(found: MembershipFinding): Promise<Finding> {
  const {
    attack,
    auc,
    balancedAccuracy,
    hitsAtHundredth,
    hitsAtThousandth,
    members,
    others,
    curve,
    seconds,
  } = found
  const { title, needs, source, note } = words[attack]
  return {
    attack,
    title,
    standpoint: 'outsider',
    needs,
    source,
    known: 0,
    rows: members + others,
    metrics: [reportedMetric({ name: 'member', ...auc, chance: 0.5 }, members + others)],
    measures: [
      { name: 'members found at one false alarm in a thousand', ...hitsAtThousandth },
      { name: 'members found at one false alarm in a hundred', ...hitsAtHundredth },
      { name: 'balanced accuracy at the best threshold', ...balancedAccuracy },
    ],
    pictures: [
      {
        title: 'Members found against false alarms, both on a logarithmic scale; the dashed line is a guess.',
        alternative: 'ROC curve; the measures below it hold its numbers.',
        kind: 'svg',
        data: await svgOf(rocFigure([{ name: title, curve }], { width: 300, height: 240, onPage: true })),
      },
    ],
    notes: [
      note,
      ...(others < 1000
        ? [`With ${others} rows that were not trained on, one false alarm in a thousand means none.`]
        : []),
    ],
    seconds,
  }
}

/** ROC curves on logarithmic axes: what happens at few false alarms is what counts. */
export function rocFigure(
  curves: readonly { readonly name: string; readonly curve: MembershipFinding['curve'] }[],
  options: {
    readonly width: number
    readonly height: number
    readonly onPage?: boolean | undefined
    readonly title?: object | undefined
  },
): FigureSpec {
  const { width, height, onPage = false, title } = options
  const least = 1e-3
  const values = curves.flatMap(({ name, curve }) =>
    curve
      .filter(({ hits }) => hits >= least)
      .map(({ falseAlarms, hits }) => ({ name, falseAlarms: Math.max(falseAlarms, least), hits })),
  )
  const axis = (field: string, text: string) => ({
    field,
    type: 'quantitative',
    title: text,
    scale: { type: 'log', domain: [least, 1] },
    axis: { values: [0.001, 0.01, 0.1, 1], format: '.1%', grid: false },
  })
  const encoding = { x: axis('falseAlarms', 'false alarms'), y: axis('hits', 'members found') }
  const quiet = onPage
    ? { labelColor: 'var(--quiet)', titleColor: 'var(--quiet)', domainColor: 'var(--line)' }
    : {}
  return {
    title,
    ...(onPage ? { background: 'transparent', padding: 4 } : {}),
    width,
    height,
    layer: [
      {
        data: { values: [least, 1].map((at) => ({ falseAlarms: at, hits: at })) },
        mark: { type: 'line', strokeDash: [4, 4], color: '#888', strokeWidth: 1 },
        encoding,
      },
      {
        data: { values },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2, clip: true },
        encoding: {
          ...encoding,
          color: {
            field: 'name',
            type: 'nominal',
            title: null,
            scale: {
              domain: curves.map(({ name }) => name),
              range: onPage ? ['var(--series-1)'] : [...palette],
            },
            legend: onPage ? null : { labelLimit: 320 },
          },
        },
      },
    ],
    config: { axis: quiet, view: { stroke: onPage ? 'var(--line)' : '#bbb' } },
  }
}
