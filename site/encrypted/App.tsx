// The page: a digit, what leaves of it, what comes back, and the answer that only this browser can read.
// Source: docs/architecture.md#computing-on-ciphertexts; Gilad-Bachrach et al. 2016 (CryptoNets) for networks that can be computed on ciphertexts.
// Networks of other inputs than 28×28 are told of, not asked.

import { useRef, useState } from 'preact/hooks'
import { decode } from '../../src/edge/ask.ts'
import { useDigits } from '../gallery.ts'
import { Masthead } from '../Masthead.tsx'
import { inkOfBytes, Picture } from '../Picture.tsx'
import { side } from '../strokes.ts'
import { useDigit, YourDigit } from '../YourDigit.tsx'
import { Answer } from './Answer.tsx'
import { Honestly, Protocol } from './Honestly.tsx'
import type { Asked } from './messages.ts'
import { Stages } from './Stages.tsx'
import { useAsking, useModels } from './useAsking.ts'
import { doing, size, stages, time } from './words.ts'

/** The page. */
export function App() {
  const { names, failure: nobody } = useModels()
  const [chosen, setChosen] = useState<string>()
  const model = chosen ?? names[0]
  const asking = useAsking(model)
  const { card, keyBytes, asked, stage } = asking
  const failure = nobody || asking.failure
  const drawn = card === undefined || `${card.shape.input}` === `1,${side},${side}`
  return (
    <>
      <Masthead />
      <main>
        <div class="hero">
          <h1>Answered without being seen</h1>
          <p>
            Your browser <em>encrypts</em> a digit. The service computes its network on the ciphertext, and
            gets a ciphertext for an answer. Only your browser can read either.
          </p>
        </div>
        {names.length > 1 && (
          <p class="models">
            <label for="model">Model</label>{' '}
            <select id="model" value={model} onChange={(event) => setChosen(event.currentTarget.value)}>
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </p>
        )}
        {failure && (
          <p class="notice" role="alert">
            {failure}
          </p>
        )}
        {drawn ? (
          <Round key={chosen ?? ''} asking={asking} />
        ) : (
          <p class="notice" role="status">
            This model takes images of {card.shape.input.join(' × ')}, and this page draws digits of 28 × 28.
            Ask it with <code>frostglass encrypt</code>, or a client of your own:
          </p>
        )}
        <Honestly />
        {card && model && <Protocol model={model} card={card} keyBytes={keyBytes} />}
        <p class="unseen" role="status" aria-live="polite" id="spoken">
          {stage ? doing[stage] : asked ? `The answer is ${likeliest(asked, card?.classes)?.label}.` : ''}
        </p>
      </main>
    </>
  )
}

const likeliest = ({ logits }: Asked, classes: readonly string[] | null | undefined) =>
  decode({ shape: [1, logits.length], values: logits }, classes ?? undefined)[0]

/** A digit and its answer. */
function Round({ asking }: { asking: ReturnType<typeof useAsking> }) {
  const { card, keyBytes, stage, asked } = asking
  const digits = useDigits('/encrypted/digits')
  const digit = useDigit(digits)
  const { pixels } = digit
  // The question in which keys were sent: later ones need none.
  const keys = useRef<Asked | undefined>(undefined)
  if (asked && asked.bytes.keys > 0) keys.current = asked
  // An answer is about the digit that was asked, not about one drawn since.
  const current = asked && asked.pixels === pixels ? asked : undefined
  const answer = current && likeliest(current, card?.classes)
  const outputs = card?.shape.layers.at(-1)
  const classes =
    card?.classes ??
    Array.from({ length: outputs?.kind === 'dense' ? outputs.outputs : 10 }, (_, i) => String(i))
  return (
    <>
      <section class="stage" aria-label="One digit, there and back">
        <YourDigit digit={digit} digits={digits} />
        <div class="go">
          <button
            type="button"
            disabled={!pixels || !card || stage !== undefined}
            onClick={() => asking.ask(pixels!)}
          >
            Encrypt and ask
          </button>
          {stage ? (
            <div class="progress">
              <p>
                {doing[stage]} …{' '}
                <span class="steps">
                  step {stages.indexOf(stage) + 1} of {stages.length}
                </span>
              </p>
              <progress value={stages.indexOf(stage) + 1} max={stages.length} aria-label={doing[stage]} />
            </div>
          ) : (
            <p>
              {keys.current
                ? 'The service has your public keys: only the ciphertext is sent.'
                : card
                  ? `The first time public keys go along: at most ${size(keyBytes)}.`
                  : 'Waiting for the service.'}
            </p>
          )}
        </div>
        <article class="tile leaves">
          <h2>
            <i>2</i> What leaves
          </h2>
          <div class="glass">
            <Picture
              ink={current && inkOfBytes(current.sent)}
              label={current ? 'Some bytes of the ciphertext: noise' : 'Nothing has left yet'}
            />
            {!current && <p class="waiting">nothing yet</p>}
          </div>
          <Facts
            bytes={current?.bytes.question}
            name="encrypting took"
            took={current?.milliseconds.encrypt}
          />
          <p class="note">784 of its bytes, as the service and anyone on the way see them.</p>
        </article>
        <article class="tile leaves comes">
          <h2>
            <i>3</i> What comes back
          </h2>
          <div class="glass">
            <Picture
              ink={current && inkOfBytes(current.received)}
              label={current ? 'Some bytes of the encrypted answer: noise' : 'Nothing has come yet'}
            />
            {!current && <p class="waiting">nothing yet</p>}
          </div>
          <Facts bytes={current?.bytes.answer} name="there and back" took={current?.milliseconds.service} />
          <p class="note">The service made it, and cannot read it.</p>
        </article>
        <article class="tile service">
          <h2>
            <i>4</i> The answer
          </h2>
          <Answer answer={answer} names={classes} />
        </article>
      </section>
      <section class="took" aria-labelledby="took">
        <h2 id="took">What it took</h2>
        <Stages asked={current} keys={keys.current} stage={stage} />
      </section>
    </>
  )
}

function Facts({ bytes, name, took }: { bytes: number | undefined; name: string; took: number | undefined }) {
  return (
    <dl class="facts">
      <div>
        <dt>bytes</dt>
        <dd>{bytes === undefined ? '–' : size(bytes)}</dd>
      </div>
      <div>
        <dt>{name}</dt>
        <dd>{took === undefined ? '–' : time(took)}</dd>
      </div>
    </dl>
  )
}
