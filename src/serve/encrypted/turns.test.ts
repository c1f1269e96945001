import { describe, expect, it } from 'vitest'
import { createTurns, type Seat, type Waiting } from './turns.ts'

interface Question extends Waiting {
  readonly name: string
}
const question = (name: string, rows: number, { keys = name, apart = 0 } = {}): Question => ({
  name,
  keys: { fingerprint: keys },
  rows: Array.from({ length: rows }),
  apart,
  next: 0,
  passed: 0,
})

interface Desk extends Seat {
  readonly name: string
  readonly open: Set<string>
  busy: boolean
  running: boolean
}
const desk = (name: string, ...open: string[]): Desk => ({
  name,
  open: new Set(open),
  busy: false,
  running: open.length > 0,
  idle() {
    return !this.busy
  },
  started() {
    return this.running
  },
  has(fingerprint) {
    return this.open.has(fingerprint)
  },
})

/** Takes all turns that there are, one after the other on threads that are free again at once and open what they get. */
function order(questions: readonly Question[], desks: readonly Desk[]): string {
  const turns = createTurns<Question, Desk>()
  for (const q of questions) turns.add(q)
  const all: string[] = []
  for (let turn = turns.next(desks); turn; turn = turns.next(desks)) {
    turn.thread.open.add(turn.question.keys.fingerprint)
    all.push(`${turn.question.name}${turn.row}${turn.thread.name}`)
  }
  return all.join(' ')
}

describe('turns', () => {
  it('go round while no keys have to be opened', () => {
    expect(order([question('a', 3), question('b', 2), question('c', 1)], [desk('', 'a', 'b', 'c')])).toBe(
      'a0 b0 c0 a1 b1 a2',
    )
  })

  it('let questions whose keys are open go first, four rows long', () => {
    expect(order([question('a', 2), question('b', 7)], [desk('', 'b')])).toBe('b0 b1 b2 b3 a0 b4 a1 b5 b6')
  })

  it('open keys on a thread that was not started before another', () => {
    expect(order([question('a', 1)], [desk('1', 'b'), desk('2')])).toBe('a02')
    expect(order([question('a', 1)], [desk('1', 'b'), desk('2', 'c')])).toBe('a01')
  })

  it('await the thread that has the keys, unless many rows are left', () => {
    const holder = desk('1', 'a')
    holder.busy = true
    const other = desk('2', 'b')
    for (const [rows, expected] of [
      [4, undefined],
      [5, other],
    ] as const) {
      const turns = createTurns<Question, Desk>()
      turns.add(question('a', rows, { apart: 4 }))
      expect(turns.next([holder, other])?.thread).toBe(expected)
    }
  })

  it('end for a question that is taken out', () => {
    const turns = createTurns<Question, Desk>()
    const [a, b] = [question('a', 3), question('b', 2)]
    turns.add(a)
    turns.add(b)
    expect(turns.rows()).toBe(5)
    expect(turns.next([desk('')])?.question).toBe(a)
    turns.remove(a)
    expect([turns.rows(), turns.all()]).toEqual([2, [b]])
    const busy = desk('')
    busy.busy = true
    expect(turns.next([busy])).toBeUndefined()
    expect(turns.next([desk('')])?.question).toBe(b)
    expect(turns.next([desk('')])?.row).toBe(1)
    expect(turns.next([desk('')])).toBeUndefined()
  })
})
