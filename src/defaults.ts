// Options over their defaults: an option that is undefined is one that nobody gave.
// A spread would let the undefined of a caller, who hands an absent option on, take the place of the default.

/** Any of these, or none: absent and undefined mean the same. */
export type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** What was given, and the defaults for the rest. */
export function withDefaults<T extends object>(defaults: T, given: Given<T>): T {
  const all = { ...defaults, ...given } as T
  for (const name of Object.keys(defaults) as (keyof T)[])
    if (all[name] === undefined) all[name] = defaults[name]
  return all
}
