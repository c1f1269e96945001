// Whose row a free thread computes next: questions take turns, and a row goes where its keys are open already.
// Source: round robin, but for what opening keys costs.
// It keeps no time: a question that is late is taken out by who asked.

/** A question in the queue. */
export interface Waiting {
  readonly keys: { readonly fingerprint: string }
  readonly rows: readonly unknown[]
  /** A thread that does not have the keys open opens them for more rows than these; for fewer, one that has them is awaited. */
  readonly apart: number
  /** The first row that no thread has yet. */
  next: number
  /** How often others went first since its last row. */
  passed: number
}

/** A thread, as the queue sees it. */
export interface Seat {
  /** Whether it could compute a row now. */
  idle(): boolean
  /** Whether it has been started; if not, it has nothing open that it would have to close. */
  started(): boolean
  /** Whether it has these keys open. */
  has(fingerprint: string): boolean
}

/** A row's turn. */
export interface Turn<Question, Thread> {
  readonly thread: Thread
  readonly question: Question
  readonly row: number
}

export interface Turns<Question, Thread> {
  add(question: Question): void
  /** Takes a question out, if rows of it wait. */
  remove(question: Question): void
  /** Takes the next row out: a free thread and a question that has its keys open there, or is next and worth opening them. */
  next(threads: readonly Thread[]): Turn<Question, Thread> | undefined
  /** Questions with rows that no thread has yet. */
  all(): readonly Question[]
  /** Rows that no thread has yet. */
  rows(): number
}

/** After so many rows of others, a question has its keys opened wherever there is room. */
const mostPassed = 4

/** A queue without questions. */
export function createTurns<Question extends Waiting, Thread extends Seat>(): Turns<Question, Thread> {
  // The one in front gives the next row, and goes to the end.
  let questions: Question[] = []

  const remove = (question: Question) => {
    questions = questions.filter((other) => other !== question)
  }

  function nextPair(threads: readonly Thread[]): readonly [Thread, Question] | undefined {
    const free = threads.filter((thread) => thread.idle())
    const [first] = questions
    if (!first || free.length === 0) return undefined
    const ready = ({ keys }: Question) => free.find((thread) => thread.has(keys.fingerprint))
    const opens = ({ keys, rows, next, apart }: Question) => {
      const awaited = threads.some((thread) => thread.has(keys.fingerprint))
      if (awaited && rows.length - next <= apart) return undefined
      return free.find((thread) => !thread.started()) ?? free[0]
    }
    if (first.passed < mostPassed)
      for (const question of questions) {
        const thread = ready(question)
        if (!thread) continue
        if (question !== first) first.passed++
        return [thread, question]
      }
    for (const question of questions) {
      const thread = ready(question) ?? opens(question)
      if (thread) return [thread, question]
    }
    return undefined
  }

  return {
    add: (question) => void questions.push(question),
    remove,
    next(threads) {
      const pair = nextPair(threads)
      if (!pair) return undefined
      const [thread, question] = pair
      const row = question.next++
      question.passed = 0
      remove(question)
      if (question.next < question.rows.length) questions.push(question)
      return { thread, question, row }
    },
    all: () => questions,
    rows: () => questions.reduce((sum, { rows, next }) => sum + rows.length - next, 0),
  }
}
