// Files and folders that take their names together: all old or all new, wherever a process is stopped.
// Source: write-ahead logging (Gray and Reuter, "Transaction Processing", 1992, chapter 10): a journal decides, whoever finds it finishes.
// Between two renames the names are mixed, until the next command that reads or writes there has settled it; on this host only.

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { FrostglassError } from '../errors.ts'
import { locked, lockedNow } from './folderLock.ts'

/** A finished file or folder in a workspace, and the name that it is to have. Absolute paths, on one file system. */
export type Placement = {
  readonly staged: string
  readonly target: string
  /** Whether something of that name may be replaced. */
  readonly force: boolean
}

type Entry = Placement & {
  /** Where what had the name is kept meanwhile. */
  readonly kept: string
  /** Where what has the name goes when the old is put back, until it is known to be ours. */
  readonly aside: string
  /** What had the name, null when nothing had, and what is to have it: nobody else's file is touched. */
  readonly was: string | null
  readonly own: string
}

type Journal = {
  /** What is to become of all: `new` unless something failed. */
  readonly outcome: 'new' | 'old'
  /** Their paths are relative to the journal's folder, which may be moved with all that is around it. */
  readonly entries: readonly Entry[]
}

const journalName = 'journal.json'
/** In the other workspaces of a placing: where its journal is, from there. As long as there is one, the journal is there. */
const pointerName = 'journal-at'

/**
 * Gives all of them their names, in order, or none, while no other process places anything in their folders.
 * @param then what must go well, too: where it fails, the old names are put back
 * @throws an error of the file system; of code EEXIST when a name is taken that may not be replaced; FrostglassError `io` when
 * another process is writing there, or has given a name to something else meanwhile
 */
export async function placeTogether(
  placements: readonly Placement[],
  then?: () => Promise<unknown>,
): Promise<void> {
  const folder = dirname(placements[0]!.staged)
  await locked(foldersOf(placements), async () => {
    const entries = placements.map(entryOf)
    writeJournal(folder, { outcome: 'new', entries })
    try {
      for (const other of othersOf(folder, entries))
        writeDurably(join(other, pointerName), relative(other, folder))
      installAll(entries)
      await then?.()
    } catch (error) {
      if (putAllBack(folder, entries)) throw error
      throw new FrostglassError(
        'io',
        `${(error as Error).message}; what else had these names is kept in ${folder}`,
        'Take from there what you need (its journal.json says what is what); the next command that writes there names it frostglass-unfinished-….',
        error,
      )
    }
    finish(folder, entries)
  })
}

const foldersOf = (placements: readonly Placement[]): string[] =>
  placements.map(({ target }) => dirname(target))

/** The other workspaces. */
const othersOf = (folder: string, entries: readonly Entry[]): ReadonlySet<string> =>
  new Set(entries.map(({ staged }) => dirname(staged)).filter((one) => one !== folder))

/** Whether a workspace holds a placing that was stopped. */
export function isInterrupted(folder: string): boolean {
  return existsSync(join(folder, pointerName)) || existsSync(join(folder, journalName))
}

/**
 * Ends the placing that a dead process had decided upon: with the new names, or where that is impossible with the old ones.
 * A name that somebody has given to something else since stays as it is.
 * @param folder the workspace that it left
 * @returns `over` when nothing in the workspace is needed any more; `stuck` when it may hold the last copy of something; `later`
 * when this is none of ours, or another process is at it
 */
export function settle(folder: string): 'over' | 'stuck' | 'later' {
  // Whoever writes a journal into a folder of all may name any file of its reader's: only our own are believed.
  if (!isOwn(folder)) return 'later'
  const pointer = join(folder, pointerName)
  if (existsSync(pointer)) {
    const other = resolve(folder, readFileSync(pointer, 'utf8'))
    // One of the two was moved away, with what is only there.
    if (!existsSync(join(other, journalName))) return 'stuck'
    const end = settle(other)
    if (end !== 'over') return end
  }
  const journal = readJournal(folder)
  if (!journal) return 'over'
  const folders = foldersOf(journal.entries).filter((one) => existsSync(one))
  return lockedNow(folders, () => settleLocked(folder)) ?? 'later'
}

function settleLocked(folder: string): 'over' | 'stuck' {
  const journal = readJournal(folder)
  // Another process was here first.
  if (!journal) return 'over'
  const { outcome, entries } = journal
  const isThere = entries.map((entry) => existsSync(entry.staged))
  if (outcome === 'new') {
    if (entries.every((entry, i) => isThere[i] || holder(entry) === 'own'))
      try {
        installAll(entries)
        finish(folder, entries)
        return 'over'
      } catch {
        // Then the old.
      }
    // All had their names: what became of them since is no reason to undo it.
    else if (!isThere.includes(true)) return 'stuck'
  }
  return putAllBack(folder, entries) ? 'over' : 'stuck'
}

/** The pointers first: a journal without them is read where it is, and they would lead nowhere without it. */
function finish(folder: string, entries: readonly Entry[]): void {
  for (const other of othersOf(folder, entries)) rmSync(join(other, pointerName), { force: true })
  unlinkSync(join(folder, journalName))
}

function isOwn(folder: string): boolean {
  const { uid, mode } = lstatSync(folder)
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0)
}

/** Whether nothing of the old is missing now. Where something is, all that there is stays, with the journal. */
function putAllBack(folder: string, entries: readonly Entry[]): boolean {
  writeJournal(folder, { outcome: 'old', entries })
  for (const entry of entries.toReversed()) putBack(entry)
  if (!entries.every(isBack)) return false
  finish(folder, entries)
  return true
}

function entryOf(placement: Placement, place: number): Entry {
  const { staged, target, force } = placement
  const paths = {
    kept: join(dirname(staged), `kept-${place}`),
    aside: join(dirname(staged), `aside-${place}`),
  }
  const ours = identity(lstatSync(staged))
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return { ...placement, ...paths, own: ours, was: null }
  if (!force) throw taken(placement)
  // A folder has one name at a time: it is kept when its successor comes.
  if (there.isDirectory()) return { ...placement, ...paths, own: ours, was: identity(there) }
  return { ...placement, ...paths, own: ours, was: keep(target, paths.kept, there) }
}

/** Keeps a file, and answers which. */
function keep(path: string, kept: string, there: Stats): string {
  try {
    linkSync(path, kept)
    // It may have got a successor since it was looked at.
    return identity(lstatSync(kept))
  } catch {
    // A file system without links.
    copyFileSync(path, kept)
    sync(kept)
    return identity(there)
  }
}

/** What has the name now. */
function holder({ target, own, was }: Entry): 'nothing' | 'own' | 'was' | 'other' {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return 'nothing'
  return identity(there) === own ? 'own' : identity(there) === was ? 'was' : 'other'
}

function installAll(entries: readonly Entry[]): void {
  for (const entry of entries) install(entry)
  // Programs that know nothing of our locks may have given a name to something else meanwhile.
  for (const entry of entries) if (holder(entry) !== 'own') throw taken(entry)
}

/** Gives one its name; nothing where it has it. */
function install(entry: Entry): void {
  const { staged, target, kept } = entry
  const waiting = lstatSync(staged, { throwIfNoEntry: false })
  if (!waiting) return
  const now = holder(entry)
  if (now === 'other') throw taken(entry)
  if (now === 'own') unlinkSync(staged)
  else if (now === 'was' && !waiting.isDirectory()) renameSync(staged, target)
  else {
    if (now === 'was') renameSync(target, kept)
    if (!claimIfFree(staged, target)) throw taken(entry)
  }
  sync(dirname(target))
}

/** Puts back what had the name, unless somebody else has it: in no step is anything overwritten. */
function putBack(entry: Entry): void {
  const { staged, target, kept, aside, was } = entry
  const old = was !== null && existsSync(kept)
  // Without the old, the new is the last that there is.
  if (holder(entry) === 'own' && (old || was === null)) renameSync(target, aside)
  const out = lstatSync(aside, { throwIfNoEntry: false })
  if (out && identity(out) !== entry.own) claimIfFree(aside, target)
  else if (out && existsSync(staged)) unlinkSync(aside)
  else if (out) renameSync(aside, staged)
  if (old && holder(entry) === 'nothing') claimIfFree(kept, target)
  sync(dirname(target))
}

/** Whether a name has what it had, and nobody's file is without one; a name that nothing had is anybody's. */
function isBack(entry: Entry): boolean {
  if (existsSync(entry.aside)) return false
  const now = holder(entry)
  // Without links the old comes back as a copy.
  const copied = now === 'other' && !existsSync(entry.kept)
  return entry.was === null ? now !== 'own' : now === 'was' || copied
}

function claimIfFree(path: string, target: string): boolean {
  try {
    claim(path, target)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** Gives a file the name `target` unless that is taken, in one step where the file system has links. */
export function claim(staged: string, target: string): void {
  try {
    // link() refuses an existing name in one step, where a look before rename() leaves a gap.
    linkSync(staged, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // No links to a folder, and none at all on some file systems (FAT): the gap is the best there is.
    if (code !== 'EPERM' && code !== 'ENOTSUP') throw error
    if (lstatSync(target, { throwIfNoEntry: false })) throw existing(target)
    renameSync(staged, target)
    return
  }
  unlinkSync(staged)
}

const existing = (target: string) => Object.assign(new Error(`${target} exists already`), { code: 'EEXIST' })

const taken = ({ target, force }: Placement) =>
  force
    ? new FrostglassError(
        'io',
        `another program has replaced ${target} while this one was writing it`,
        'Run the command again: what the other wrote stands, and nothing of this was written.',
      )
    : existing(target)

const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`

function writeJournal(folder: string, journal: Journal): void {
  const draft = join(folder, 'journal.draft')
  const named = withPaths(journal, (path) => relative(folder, path))
  writeDurably(draft, JSON.stringify(named))
  renameSync(draft, join(folder, journalName))
  sync(folder)
}

function readJournal(folder: string): Journal | undefined {
  const path = join(folder, journalName)
  if (!existsSync(path)) return undefined
  const journal = JSON.parse(readFileSync(path, 'utf8')) as Journal
  return withPaths(journal, (name) => resolve(folder, name))
}

const withPaths = ({ outcome, entries }: Journal, change: (path: string) => string): Journal => ({
  outcome,
  entries: entries.map((entry) => ({
    ...entry,
    staged: change(entry.staged),
    target: change(entry.target),
    kept: change(entry.kept),
    aside: change(entry.aside),
  })),
})

function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
  sync(path)
}

/** Makes a file's bytes, or the names of a folder, durable; a system that cannot open folders (Windows) does so by itself. */
function sync(path: string): void {
  let handle: number | undefined
  try {
    handle = openSync(path, 'r')
    fsyncSync(handle)
  } catch {
    // What cannot be synchronised is as durable as its system makes it.
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}
