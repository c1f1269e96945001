// The tiles of a round: what leaves, what the service answers, what an attacker gets back.
// Source: ObfNet (Xu et al. 2020) for the pane, Yonan et al. 2025 for the attack.
// They show what was measured in this round; what is not there yet is a dash.

import { Answers } from './Answers.tsx'
import { inkOfBytes, inkOfNumbers, Picture } from './Picture.tsx'
import type { Round } from './rounds.ts'

interface TileProps {
  readonly round: Round | undefined
  /** The digit; nothing is shown without one. */
  readonly pixels: Uint8Array | undefined
}

interface WaitingProps extends TileProps {
  /** Whether the pane is still to be trained. */
  readonly waits: boolean
}

export function Leaves({ round, pixels, waits }: WaitingProps) {
  return (
    <article class="tile leaves">
      <h2>
        <i>2</i> What leaves
      </h2>
      <div class="glass">
        <Picture
          ink={round?.released && pixels ? inkOfNumbers(round.released) : undefined}
          label={round?.released ? 'The obfuscated sample' : 'Nothing has left yet'}
        />
        {waits && <p class="waiting">this pane is being trained</p>}
      </div>
      <dl class="facts">
        <Fact name="sent" value={round?.obfuscated && bytes(round.obfuscated.bytes)} />
        <Fact
          name="pane took"
          value={round?.milliseconds === undefined ? undefined : time(round.milliseconds)}
        />
      </dl>
      <p class="note">
        784 numbers, as the service and anyone on the way see them.
        {round?.obfuscated && ` Larger than the ${bytes(784)} of the digit itself.`}
      </p>
    </article>
  )
}

export function Service({ round, pixels }: TileProps) {
  return (
    <article class="tile service">
      <h2>
        <i>3</i> What the service answers
      </h2>
      <Answers raw={pixels && round?.raw} obfuscated={pixels && round?.obfuscated} />
      <dl class="facts">
        <Fact name="there and back" value={round?.obfuscated && time(round.obfuscated.milliseconds)} />
      </dl>
    </article>
  )
}

export function Attacker({ round, pixels, waits }: WaitingProps) {
  return (
    <article class="tile attacker">
      <h2>
        <i>4</i> What an attacker gets back
      </h2>
      <div class="glass clear">
        <Picture
          ink={round?.picture && pixels ? inkOfBytes(round.picture) : undefined}
          label={
            round?.ssim === undefined
              ? 'No picture yet'
              : `The attacker’s picture of your digit, SSIM ${round.ssim.toFixed(2)}`
          }
        />
        {waits && <p class="waiting">the attack waits for its pane</p>}
      </div>
      <dl class="facts">
        <Fact name="SSIM" value={pixels && round?.ssim?.toFixed(2)} />
        <Fact name="PSNR" value={round?.psnr === undefined ? undefined : `${round.psnr.toFixed(1)} dB`} />
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
