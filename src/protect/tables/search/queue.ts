// A queue that gives the least first: a binary heap.
// Source: Williams 1964.

/** A queue by an order of its own. */
export interface Queue<T> {
  push(item: T): void
  /** Takes out the least. */
  pop(): T | undefined
  size(): number
}

/** @param compare negative where the first comes before the second */
export function createQueue<T>(compare: (a: T, b: T) => number): Queue<T> {
  const heap: T[] = []
  const before = (a: number, b: number) => compare(heap[a]!, heap[b]!) < 0
  const swap = (a: number, b: number) => {
    const kept = heap[a]!
    heap[a] = heap[b]!
    heap[b] = kept
  }
  return {
    push(item) {
      heap.push(item)
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (!before(i, parent)) return
        swap(i, parent)
        i = parent
      }
    },
    pop() {
      if (heap.length === 0) return undefined
      swap(0, heap.length - 1)
      const least = heap.pop()
      for (let i = 0; ; ) {
        let smallest = i
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && before(child, smallest)) smallest = child
        if (smallest === i) return least
        swap(i, smallest)
        i = smallest
      }
    },
    size: () => heap.length,
  }
}
