// A line in which clients take turns: what one sends waits behind its own, not others behind all of it.
// Source: round robin by sender, as fair queueing of packets (Nagle, RFC 970).
// Turns are counted, not how long each takes; a client without a connection has a line like any other.

/** What waits, by client. */
export interface FairLine<T> {
  add(client: string | undefined, item: T): void
  /** All that wait, in the order of their turns: the first of each client, then the second of each, and so on. */
  inOrder(): T[]
  /** Takes out those whose turn it is: their clients come behind all others. */
  take(items: readonly T[]): void
  /** Takes out those that wait no more; nobody loses a turn by it. */
  drop(gone: (item: T) => boolean): void
  length(): number
}

/** An empty one. */
export function createFairLine<T>(): FairLine<T> {
  /** In the order of turns; no line is empty. */
  const lines = new Map<string | undefined, T[]>()
  return {
    add(client, item) {
      const line = lines.get(client)
      if (line) line.push(item)
      else lines.set(client, [item])
    },
    inOrder() {
      const order: T[] = []
      let longer = [...lines.values()]
      for (let place = 0; longer.length > 0; place++) {
        for (const line of longer) order.push(line[place]!)
        longer = longer.filter((line) => line.length > place + 1)
      }
      return order
    },
    take(items) {
      const taken = new Set(items)
      for (const [client, line] of [...lines]) {
        const left = line.filter((item) => !taken.has(item))
        if (left.length === line.length) continue
        lines.delete(client)
        if (left.length > 0) lines.set(client, left)
      }
    },
    drop(gone) {
      for (const [client, line] of [...lines]) {
        const left = line.filter((item) => !gone(item))
        if (left.length > 0) lines.set(client, left)
        else lines.delete(client)
      }
    },
    length() {
      let sum = 0
      for (const line of lines.values()) sum += line.length
      return sum
    },
  }
}
