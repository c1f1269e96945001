// The models that a service has: by name and version, each open in all threads until its last request is answered.
// Source: Open Inference Protocol (KServe V2), versions of a model.
// It opens and closes what it is told to, and knows nothing of requests but their number.

import type { ModelSignature, ServedModel } from './contract.ts'
import { openModel } from './openModel.ts'
import { Refusal } from './refusal.ts'
import type { Threads } from './threads.ts'

/** A model that is open in the threads, under `key`. */
export interface ShelvedModel {
  readonly key: number
  readonly signature: ModelSignature
}

export interface Shelf {
  /**
   * Opens a model, or replaces the one of the same name and version.
   * @throws FrostglassError as {@link openModel}
   */
  add(model: ServedModel): Promise<ModelSignature>
  /** Forgets all versions of a model. Answers whether there was one. */
  remove(name: string): boolean
  /** @param version the latest if absent. @throws Refusal 404 */
  find(name: string, version: string | undefined): ShelvedModel
  /** Does `work` with a model, which stays open that long, also when it is removed meanwhile. */
  using<T>(model: ShelvedModel, work: () => Promise<T>): Promise<T>
  /** The name of a model that is open, for counting. */
  nameOf(key: number): string | undefined
  /** Versions of a model that is there, in the order in which they came. */
  versions(name: string): string[]
  signatures(): ModelSignature[]
  all(): ShelvedModel[]
}

interface OpenModel extends ShelvedModel {
  /** Requests that are with it. */
  users: number
  /** Whether it was removed or replaced: the last of its users closes it. */
  forgotten: boolean
}

/** An empty one. @param batch rows of several requests that may share a run at most, where their model allows it */
export function createShelf(threads: Threads, batch: number): Shelf {
  const models = new Map<string, Map<string, OpenModel>>()
  const names = new Map<number, string>()
  let nextKey = 0

  const all = () => [...models.values()].flatMap((versions) => [...versions.values()])

  function forget(model: OpenModel): void {
    model.forgotten = true
    closeIfForgotten(model)
  }

  function closeIfForgotten({ key, users, forgotten }: OpenModel): void {
    if (!forgotten || users > 0) return
    threads.close(key).catch(() => {})
    names.delete(key)
  }

  return {
    async add(model) {
      const key = nextKey++
      const signature = await openModel(threads, key, model, batch)
      const { name, version } = signature
      names.set(key, name)
      const versions = models.get(name) ?? new Map<string, OpenModel>()
      const before = versions.get(version)
      versions.set(version, { key, signature, users: 0, forgotten: false })
      models.set(name, versions)
      if (before) forget(before)
      return signature
    },
    remove(name) {
      const versions = models.get(name)
      models.delete(name)
      for (const model of versions?.values() ?? []) forget(model)
      return versions !== undefined
    },
    find(name, version) {
      const versions = models.get(name)
      const found = version === undefined ? newest(versions) : versions?.get(version)
      if (found) return found
      throw new Refusal(404, `there is no model '${name}'${version ? ` of version '${version}'` : ''}`)
    },
    using(model, work) {
      const open = model as OpenModel
      open.users++
      return work().finally(() => {
        open.users--
        closeIfForgotten(open)
      })
    },
    nameOf: (key) => names.get(key),
    versions: (name) => [...(models.get(name)?.keys() ?? [])],
    signatures: () => all().map(({ signature }) => signature),
    all,
  }
}

/** The latest version: by number where all are numbers, else the last that came. */
function newest(versions: ReadonlyMap<string, OpenModel> | undefined): OpenModel | undefined {
  if (!versions) return undefined
  const all = [...versions.entries()]
  if (all.every(([version]) => /^\d+$/.test(version))) all.sort(([a], [b]) => Number(a) - Number(b))
  return all.at(-1)?.[1]
}
