// The worker as the page sees it: the model's card, and the question that is being asked or was asked last.
// Source: messages.ts. One question at a time; what was answered stays until the next is.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { AskStage, EncryptedCard } from '../../src/edge/encrypted.ts'
import { bearer, useToken } from '../Gate.tsx'
import type { Asked, Order, Report } from './messages.ts'

/** What is known of the model and of the question. */
export interface Asking {
  readonly card: EncryptedCard | undefined
  readonly keyBytes: number
  /** What is being done for the question in hand. */
  readonly stage: AskStage | undefined
  /** What was answered last, and the digit that it was about. */
  readonly asked: (Asked & { readonly pixels: Uint8Array }) | undefined
  readonly failure: string
  ask(pixels: Uint8Array): void
}

/** Starts the worker and connects it to a model. */
export function useAsking(model: string | undefined): Asking {
  const token = useToken()
  const worker = useRef<Worker | undefined>(undefined)
  const inHand = useRef<{ id: number; pixels: Uint8Array }>({ id: 0, pixels: new Uint8Array(0) })
  const [described, setDescribed] = useState<{ card: EncryptedCard; keyBytes: number }>()
  const [stage, setStage] = useState<AskStage>()
  const [asked, setAsked] = useState<Asking['asked']>()
  const [failure, setFailure] = useState('')
  useEffect(() => {
    if (model === undefined) return
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.current = own
    const failed = (words: string) => {
      setStage(undefined)
      setFailure(words)
    }
    own.onerror = () => failed('What encrypts in this page has stopped. Load the page again.')
    own.onmessage = ({ data }: MessageEvent<Report>) => {
      if ('card' in data) setDescribed(data)
      else if ('failure' in data) failed(data.failure)
      else if (data.id !== inHand.current.id) return
      else if ('stage' in data) setStage(data.stage)
      else {
        setStage(undefined)
        setAsked({ ...data.asked, pixels: inHand.current.pixels })
      }
    }
    own.postMessage({ connect: model, token } satisfies Order)
    return () => {
      own.terminate()
      setDescribed(undefined)
      setAsked(undefined)
      setStage(undefined)
      setFailure('')
    }
  }, [model])
  return {
    card: described?.card,
    keyBytes: described?.keyBytes ?? 0,
    stage,
    asked,
    failure,
    ask(pixels) {
      inHand.current = { id: inHand.current.id + 1, pixels }
      setFailure('')
      // The worker says what it does; until then, what it does first.
      setStage(asked ? 'encrypting' : 'making keys')
      worker.current?.postMessage({ ask: pixels, id: inHand.current.id } satisfies Order)
    },
  }
}

/** Names of the service's encrypted models; why there are none, if so. */
export function useModels(): { readonly names: readonly string[]; readonly failure: string } {
  const [known, setKnown] = useState<{ names: readonly string[]; failure: string }>({
    names: [],
    failure: '',
  })
  const token = useToken()
  useEffect(() => {
    fetch('/v2/encrypted/models', { headers: bearer(token) })
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`${response.status}`))))
      .then(({ models }: { models: { name: string }[] }) =>
        setKnown({ names: models.map(({ name }) => name), failure: '' }),
      )
      .catch(() =>
        setKnown({ names: [], failure: 'The service does not tell its models. Is it still running?' }),
      )
  }, [])
  return known
}
