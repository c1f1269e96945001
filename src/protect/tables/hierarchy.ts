// What a value becomes as it is generalised: a tree whose leaves are a column's values, level by level up to one label for all.
// Source: Samarati 2001, section 3; ARX's files, a line a value, a field a level.

/** One level of a hierarchy. */
export interface HierarchyLevel {
  /** Labels, in order of first appearance. */
  readonly labels: readonly string[]
  /** [leaves] index of a leaf's label into `labels`. */
  readonly groupOf: Uint32Array
}

/** A hierarchy: level 0 keeps values as they are. What is one group at a level is one group at every level above it. */
export interface Hierarchy {
  readonly leaves: readonly string[]
  readonly levels: readonly HierarchyLevel[]
}
