// What an exhibit is: an attack that broke a claim, kept with the form that it broke: one of this project's, or one of a scheme
// that others run and that this project would else have built on.
// Source: docs/how-to/run-exhibits.md. The form of before lives beside its attack and nowhere else; nothing else may import it.
// It shows that one attack fails today, not that none succeeds: that is what PROOF.md beside each mechanism is for.

/** Which code is attacked: the one that the attack broke, be it ours or not, or the one of ours that runs today. */
export type Form = 'before' | 'today'

/** What an attack measured, in the unit of the claim. */
export interface Outcome {
  /** The most that the claim allows. */
  readonly allowed: number
  /** What the attack got; a lower bound at 99.9% where it is estimated from draws. */
  readonly measured: number
  /** Of both, such as 'clipping norms that one row moves a sum by', 'ε', 'bits'. */
  readonly unit: string
}

/** An attack that broke a claim. */
export interface Exhibit {
  /** As the command line knows it, such as `cancelling-columns`. */
  readonly name: string
  readonly title: string
  /** What was claimed, as a sentence. */
  readonly claim: string
  /** Who shows how, such as a paper and its section, or 'attackers from outside'. */
  readonly source: string
  /** What changed, as a sentence. */
  readonly mended: string
  /**
   * Attacks one form.
   * @param options.quick fewer draws and smaller data, for a first look
   * @throws FrostglassError `aborted`
   */
  run(
    form: Form,
    options?: { readonly quick?: boolean | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Outcome>
}

/** Whether an attack got more than the claim allows. */
export const isBroken = ({ allowed, measured }: Outcome): boolean => !(measured <= allowed)
