// Whether a node may be published: which of its classes pass, which rows have to be suppressed, and whether the table then passes.
// Source: docs/tables.md. Models of the whole table are met by suppressing the smallest classes first, as few as do.
// For those it finds a passing number of classes, not always the least one: what passes need not go on passing.

import type { ClassView, TableView } from '../model.ts'
import type { Classes } from '../quality.ts'
import { createSum, type Grouping } from './grouping.ts'
import { createGroupings } from './groupings.ts'
import type { ReadyModel, ReadyProblem } from './problem.ts'

/** What a look at a node found. */
export interface Checked {
  readonly passes: boolean
  /** Rows to be suppressed; where it does not pass, at least as many as were counted until that was clear. */
  readonly suppressed: number
  /** It does not pass, and neither does any node below. */
  readonly failsBelow: boolean
  readonly classes: Classes
  readonly grouping: Grouping
}

/** Looks at nodes. */
export interface Checker {
  /** @param most rows that may be suppressed; by default the problem's */
  check(levels: readonly number[], most?: number): Checked
}

export function createChecker(problem: ReadyProblem): Checker {
  const { distinct, hierarchies, ready } = problem
  const groupings = createGroupings(distinct, hierarchies)
  const classModels = ready.filter(({ classPasses }) => classPasses !== undefined)
  // Those that say most about other nodes, and read least, first.
  const absorbing = classModels.filter(({ model }) => model.absorbing).sort((a, b) => a.column - b.column)
  const others = classModels.filter(({ model }) => !model.absorbing).sort((a, b) => a.column - b.column)
  const tableModels = ready.filter(({ tablePasses }) => tablePasses !== undefined)
  const view = createView(Math.max(1, ...(problem.sensitive ?? []).map(({ values }) => values.length)))

  /** Suppresses classes that do not pass. @returns whether a class that cannot be suppressed does not pass */
  function mark(models: readonly ReadyModel[], grouping: Grouping, state: State, most: number): boolean {
    const { rows, count } = grouping
    for (const { classPasses, column } of models) {
      for (let c = 0; c < count; c++) {
        if (state.kept[c] === 0) continue
        if (classPasses!(view.of(grouping, c, column))) continue
        // Of the public table alone, which nobody suppresses (δ-presence with a lower limit).
        if (rows[c] === 0) return true
        state.kept[c] = 0
        state.suppressed += rows[c]!
        if (state.suppressed > most) return false
      }
    }
    return false
  }

  return {
    check(levels, most = problem.most) {
      const grouping = groupings.at(levels)
      const state: State = { kept: new Uint8Array(grouping.count).fill(1), suppressed: 0 }
      // A table without rows is none to publish.
      const isWithin = () => state.suppressed <= most && state.suppressed < problem.rows
      let passes = !mark(absorbing, grouping, state, most) && isWithin()
      let failsBelow = !passes
      if (passes) {
        passes = !mark(others, grouping, state, most) && isWithin()
        // Without suppression what is a union of classes that pass passes: a node that fails has no node below that does not.
        failsBelow = !passes && most === 0 && others.every(({ model }) => model.monotone)
      }
      if (passes && tableModels.length > 0) passes = meetTable(tableModels, problem, grouping, state, most)
      passes &&= isWithin()
      return {
        passes,
        suppressed: state.suppressed,
        failsBelow,
        grouping,
        classes: classesOf(grouping, state),
      }
    },
  }
}

interface State {
  readonly kept: Uint8Array
  suppressed: number
}

const classesOf = (grouping: Grouping, { kept, suppressed }: State): Classes => ({
  count: grouping.count,
  get classOf() {
    return grouping.classOf()
  },
  first: grouping.first,
  rows: grouping.rows,
  kept,
  suppressed,
})

/** One view for all classes of a search. */
function createView(values: number) {
  const view = {
    rows: 0,
    population: 0,
    distinct: 0,
    values: new Uint32Array(values),
    counts: new Float64Array(values),
  }
  const sum = createSum(values)
  return {
    of(grouping: Grouping, c: number, column: number): ClassView {
      view.rows = grouping.rows[c]!
      view.population = grouping.population[c]!
      view.distinct = 0
      if (column < 0) return view
      grouping.readClass(c, column, sum)
      view.distinct = sum.take(view.values, view.counts, 0)
      return view
    },
  }
}

/** Suppresses the smallest classes until the table passes, and no more than may be. @returns whether it does */
function meetTable(
  models: readonly ReadyModel[],
  { hierarchies, distinct }: ReadyProblem,
  { count, rows, first, levels }: Grouping,
  state: State,
  most: number,
): boolean {
  const labelOf = (j: number, c: number) =>
    hierarchies[j]!.levels[levels[j]!]!.groupOf[distinct.quasi[j]![first[c]!]!]!
  // Equal sizes by their labels, so that the order of rows decides nothing.
  const byLabels = (a: number, b: number) => {
    for (let j = 0; j < hierarchies.length; j++) {
      const difference = labelOf(j, a) - labelOf(j, b)
      if (difference !== 0) return difference
    }
    return 0
  }
  const order: number[] = []
  for (let c = 0; c < count; c++) if (state.kept[c] === 1 && rows[c]! > 0) order.push(c)
  order.sort((a, b) => rows[a]! - rows[b]! || byLabels(a, b))
  const sizes = Float64Array.from(order, (c) => rows[c]!)
  const before = new Float64Array(order.length + 1)
  for (let i = 0; i < sizes.length; i++) before[i + 1] = before[i]! + sizes[i]!
  const all = before[order.length]!
  const passesWithout = (smallest: number): boolean => {
    const view: TableView = {
      sizes: sizes.subarray(smallest),
      classes: order.length - smallest,
      rows: all - before[smallest]!,
    }
    return models.every(({ tablePasses }) => tablePasses!(view))
  }
  let high = order.length
  while (high > 0 && state.suppressed + before[high]! > most) high--
  let low = 0
  if (passesWithout(0)) high = 0
  else if (!passesWithout(high)) {
    state.suppressed = Math.max(state.suppressed + before[high]!, most + 1)
    return false
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (passesWithout(middle)) high = middle
    else low = middle
  }
  for (let i = 0; i < high; i++) state.kept[order[i]!] = 0
  state.suppressed += before[high]!
  return true
}
