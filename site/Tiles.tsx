// The tiles of a round: what leaves, what the service answers, what an attacker gets back.
// Source: ObfNet (Xu et al. 2020) for the pane, Yonan et al. 2025 for the attack.
// They show what was measured in this round; what is not there yet is a dash.

import { Answers } from './Answers.tsx'
import { inkOfBytes, inkOfNumbers, Picture } from './Picture.tsx'
import type { ShownRound } from './useRound.ts'

interface TileProps {
  /** Of the digit that is shown; nothing is shown without one. */
  readonly round: ShownRound | undefined
}

interface WaitingProps extends TileProps {
  /** Whether the pane is still to be trained. */
  readonly waits: boolean
}

/** A tile's class: greyed while what it shows is of the digit or the pane before. */
const tile = (name: string, isStale: boolean) => `tile ${name}${isStale ? ' stale' : ''}`

const stillThere = 'of what was asked before'

export function Leaves({ round, waits }: WaitingProps) {
  const isStale = round !== undefined && !round.released && round.before?.released !== undefined
  const shown = isStale ? round.before : round
  return (
    <article class={tile('leaves', isStale)}>
      <h2>
        <i>2</i> What leaves
      </h2>
      <div class="glass">
        <Picture
          ink={shown?.released && inkOfNumbers(shown.released)}
          label={
            !shown?.released
              ? 'Nothing has left yet'
              : `The obfuscated sample${isStale ? `, ${stillThere}` : ''}`
          }
        />
        {waits && <p class="waiting">this pane is being trained</p>}
      </div>
      <dl class="facts">
        <Fact name="sent" value={shown?.obfuscated && bytes(shown.obfuscated.bytes)} />
        <Fact
          name="pane took"
          value={shown?.milliseconds === undefined ? undefined : time(shown.milliseconds)}
        />
      </dl>
      <p class="note">
        784 numbers, as the service and anyone on the way see them.
        {shown?.obfuscated && ` Larger than the ${bytes(784)} of the digit itself.`}
      </p>
    </article>
  )
}

export function Service({ round }: TileProps) {
  const before = round?.before
  const isStale = before !== undefined && (!round?.raw || !round.obfuscated)
  const raw = round?.raw ?? before?.raw
  const obfuscated = round?.obfuscated ?? before?.obfuscated
  return (
    <article class={tile('service', isStale)}>
      <h2>
        <i>3</i> What the service answers
      </h2>
      <Answers raw={raw} obfuscated={obfuscated} />
      <dl class="facts">
        <Fact name="there and back" value={obfuscated && time(obfuscated.milliseconds)} />
      </dl>
    </article>
  )
}

export function Attacker({ round, waits }: WaitingProps) {
  const isStale = round !== undefined && !round.picture && round.before?.picture !== undefined
  const { picture, ssim, psnr } = (isStale ? round.before : round) ?? {}
  return (
    <article class={tile('attacker', isStale)}>
      <h2>
        <i>4</i> What an attacker gets back
      </h2>
      <div class="glass clear">
        <Picture
          ink={picture && inkOfBytes(picture)}
          label={
            ssim === undefined
              ? 'No picture yet'
              : `The attacker’s picture ${isStale ? stillThere : 'of your digit'}, SSIM ${ssim.toFixed(2)}`
          }
        />
        {waits && <p class="waiting">the attack waits for its pane</p>}
      </div>
      <dl class="facts">
        <Fact name="SSIM" value={ssim?.toFixed(2)} />
        <Fact name="PSNR" value={psnr === undefined ? undefined : `${psnr.toFixed(1)} dB`} />
      </dl>
      <p class="note">RecNet, drawn from what left and nothing else. 1.00 would be your very digit.</p>
    </article>
  )
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value || '–'}</dd>
    </div>
  )
}

const bytes = (count: number) => `${count.toLocaleString('en')} bytes`
const time = (milliseconds: number) => `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
