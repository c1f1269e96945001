// What a fleet is to do: how many rounds, with whom, how long each may wait, and what its nodes are told.
// Source: ours; sampling as in McMahan et al. 2017, algorithm 1 (a share of the clients that are there).
// Nodes are sampled among those that are present: a sample that others can foresee amplifies no privacy.

import { z } from 'zod'
import { type Given, withDefaults } from '../../defaults.ts'
import { FrostglassError } from '../../errors.ts'
import { exactJson } from '../../json.ts'

const seconds = z
  .number()
  .min(0.01)
  .max(30 * 24 * 3600)

/** The plan of a fleet. It stays what it was, but for the number of rounds. */
const planSchema = z
  .strictObject({
    /** Rounds that are to come to a new model. */
    rounds: z.int().min(1).max(1_000_000),
    /** Nodes asked in a round: so many, or a share of those that are present. */
    sample: z.union([
      z.strictObject({ count: z.int().min(1) }),
      z.strictObject({ share: z.number().gt(0).max(1) }),
    ]),
    /** Replies without which a round fails and changes nothing. */
    least: z.int().min(1),
    /** Nodes that are present before a round begins. */
    available: z.int().min(1),
    /** Seconds for the work of a round, and for each stage behind it. */
    workSeconds: seconds,
    stepSeconds: seconds,
    /** Seconds between two questions of a node that has nothing to do. */
    pollSeconds: seconds,
    /** Rounds in a row that may fail before the fleet is given up. */
    failures: z.int().min(1),
    /** What nodes are told, opaque here. */
    settings: z.record(z.string(), z.unknown()),
  })
  .refine((plan) => !('count' in plan.sample) || plan.sample.count >= plan.least, {
    message: 'fewer nodes are sampled than must reply',
  })

export type FleetPlan = Readonly<z.infer<typeof planSchema>>

/** A plan over its defaults. @throws FrostglassError 'usage' naming what does not fit, 'input' for settings that JSON does not tell as they are */
export function planOf(given: Given<FleetPlan> & Pick<FleetPlan, 'rounds'>): FleetPlan {
  const least = given.least ?? 2
  const plan = withDefaults<FleetPlan>(
    {
      rounds: given.rounds,
      sample: { share: 1 },
      least,
      available: given.sample && 'count' in given.sample ? given.sample.count : least,
      workSeconds: 600,
      stepSeconds: 60,
      pollSeconds: 1,
      failures: 10,
      settings: {},
    },
    given,
  )
  const parsed = planSchema.safeParse(plan)
  if (parsed.success) {
    // Nodes are bound to what they are told.
    exactJson(parsed.data.settings, 'the settings of the fleet')
    return Object.freeze(parsed.data)
  }
  const { path, message } = parsed.error.issues[0]!
  throw new FrostglassError(
    'usage',
    `the plan of the fleet: ${path.length > 0 ? `'${path.join('.')}': ` : ''}${message}`,
    'Change that, and begin again.',
  )
}

/** Nodes to ask where so many are present. */
export const sampleSize = ({ sample, least }: FleetPlan, present: number): number =>
  Math.min(present, 'count' in sample ? sample.count : Math.max(least, Math.ceil(sample.share * present)))
