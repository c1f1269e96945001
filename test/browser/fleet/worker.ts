// The worker of the fleet's browser test: it joins as it is told, and tells what happens.
// Source: src/edge/fleet.ts, as an application would import it.

import { type FleetNews, type JoinFleetOptions, joinFleet, nodeKeyLine } from '../../../src/edge/fleet.ts'
import { answerBySteps } from '../../../src/edge/fleetStep.ts'
import { lineNode } from '../../clients/lineNode.ts'
import { cornerRows } from './corner.ts'

/** What the page asks for. */
export interface Joining {
  readonly seed: number
  readonly most?: number
  readonly node?: string
  readonly token?: string
  readonly url?: string
  readonly registered?: boolean
  /** Answers by the server's steps, on rows of a corner, in place of a line. */
  readonly steps?: boolean
  /** Never answers. */
  readonly hold?: boolean
}

/** What it is told: news as text, then how it ended. */
export type Told = { readonly news: string } | { readonly end: string } | { readonly line: string }

const scope = self as unknown as {
  postMessage(told: Told): void
  onmessage: (event: MessageEvent<Joining | 'leave' | 'line'>) => void
}
const leaving = new AbortController()
const textOf = (news: FleetNews): string =>
  Object.values(news)
    .filter((value) => typeof value !== 'number' && value !== undefined)
    .join(' ')

scope.onmessage = ({ data }) => {
  if (data === 'leave') return leaving.abort()
  if (data === 'line') return void nodeKeyLine().then((line) => scope.postMessage({ line }))
  const { seed, hold, steps, ...options } = data
  const line = lineNode(seed)
  const answer: JoinFleetOptions['answer'] = steps
    ? answerBySteps(cornerRows(seed))
    : ({ type, content }) => line({ metadata: { messageType: type }, content })
  joinFleet({
    ...options,
    answer: (message, signal) => (hold ? new Promise(() => {}) : answer(message, signal)),
    signal: leaving.signal,
    onNews: (news) => scope.postMessage({ news: textOf(news) }),
  }).then(
    () => scope.postMessage({ end: 'left' }),
    (error: Error) => scope.postMessage({ end: `${error.name}: ${error.message}` }),
  )
}
