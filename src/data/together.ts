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
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** A finished file or folder in a workspace, and the name that it is to have. Absolute paths, on one file system. */
export type Placement = {
  readonly staged: string
  readonly target: string
  /** Whether something of that name may be replaced. */
  readonly force: boolean
}

type Entry = Placement & {
  /** Where what had the name is kept meanwhile; null when there was nothing. */
  readonly kept: string | null
  /** What had the name, and what is to have it: nobody else's file is touched when somebody finishes this later. */
  readonly was: string | null
  readonly own: string
}

type Journal = {
  /** What is to become of all: `new` unless something failed. */
  readonly outcome: 'new' | 'old'
  readonly entries: readonly Entry[]
}

const journalName = 'journal.json'
/** In the other workspaces of a placing: where its journal is. */
const pointerName = 'journal-at'

/**
 * Gives all of them their names, in order, or none. Nothing of this is asynchronous, so that two of one process cannot mix.
 * @param then what must go well, too: where it fails, the old names are put back
 * @throws an error of the file system; of code EEXIST when a name is taken that may not be replaced
 */
export async function placeTogether(
  placements: readonly Placement[],
  then?: () => Promise<unknown>,
): Promise<void> {
  const folder = dirname(placements[0]!.staged)
  const entries = placements.map(entryOf)
  for (const { staged } of placements)
    if (dirname(staged) !== folder) writeDurably(join(dirname(staged), pointerName), folder)
  writeJournal(folder, { outcome: 'new', entries })
  try {
    for (const entry of entries) install(entry)
    await then?.()
  } catch (error) {
    putAllBack(folder, entries)
    throw error
  }
  unlinkSync(join(folder, journalName))
}

/** Whether a workspace holds a placing that was stopped. */
export function isInterrupted(folder: string): boolean {
  const pointer = join(folder, pointerName)
  return existsSync(join(existsSync(pointer) ? readFileSync(pointer, 'utf8') : folder, journalName))
}

/**
 * Ends the placing that a dead process had decided upon: with the new names, or where that is impossible with the old ones.
 * A name that somebody has given to something else since stays as it is.
 * @param folder the workspace that it left
 */
export function settle(folder: string): void {
  // Whoever writes a journal into a folder of all may name any file of its reader's: only our own are believed.
  if (!existsSync(folder) || !isOwn(folder)) return
  const pointer = join(folder, pointerName)
  if (existsSync(pointer)) settle(readFileSync(pointer, 'utf8'))
  const path = join(folder, journalName)
  if (!existsSync(path)) return
  const { outcome, entries } = JSON.parse(readFileSync(path, 'utf8')) as Journal
  let done = outcome === 'new'
  try {
    if (done) for (const entry of entries) install(entry)
  } catch {
    done = false
  }
  if (!done) putAllBack(folder, entries)
  else unlinkSync(path)
}

function isOwn(folder: string): boolean {
  const { uid, mode } = lstatSync(folder)
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0)
}

function putAllBack(folder: string, entries: readonly Entry[]): void {
  writeJournal(folder, { outcome: 'old', entries })
  for (const entry of entries.toReversed()) putBack(entry)
  unlinkSync(join(folder, journalName))
}

function entryOf(placement: Placement, place: number): Entry {
  const { staged, target, force } = placement
  const own = identity(lstatSync(staged))
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return { ...placement, own, kept: null, was: null }
  if (!force) throw taken(target)
  const kept = join(dirname(staged), `kept-${place}`)
  // A folder has one name at a time: it is kept when its successor comes.
  if (!there.isDirectory()) keep(target, kept)
  return { ...placement, own, kept, was: identity(there) }
}

function keep(path: string, kept: string): void {
  try {
    linkSync(path, kept)
  } catch {
    // A file system without links.
    copyFileSync(path, kept)
    sync(kept)
  }
}

/** What has the name now. */
function holder({ target, own, was }: Entry): 'nothing' | 'own' | 'was' | 'other' {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (!there) return 'nothing'
  return identity(there) === own ? 'own' : identity(there) === was ? 'was' : 'other'
}

/** Gives one its name; nothing where it has it. */
function install(entry: Entry): void {
  const { staged, target, kept } = entry
  const waiting = lstatSync(staged, { throwIfNoEntry: false })
  if (!waiting) return
  const now = holder(entry)
  if (now === 'other') throw taken(target)
  if (now === 'own') unlinkSync(staged)
  else {
    if (now === 'was' && waiting.isDirectory()) renameSync(target, kept!)
    if (now === 'was' && !waiting.isDirectory()) renameSync(staged, target)
    else claim(staged, target)
  }
  sync(dirname(target))
}

/** Puts back what had the name, unless somebody else has it. */
function putBack(entry: Entry): void {
  const { staged, target, kept } = entry
  const now = holder(entry)
  if (now === 'was' || now === 'other') return
  const old = kept === null ? undefined : lstatSync(kept, { throwIfNoEntry: false })
  if (now === 'own' && (!old || old.isDirectory())) {
    if (existsSync(staged)) unlinkSync(target)
    else renameSync(target, staged)
  }
  if (old) renameSync(kept!, target)
  sync(dirname(target))
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
    if (lstatSync(target, { throwIfNoEntry: false })) throw taken(target)
    renameSync(staged, target)
    return
  }
  unlinkSync(staged)
}

const taken = (target: string) => Object.assign(new Error(`${target} exists already`), { code: 'EEXIST' })

const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`

function writeJournal(folder: string, journal: Journal): void {
  const draft = join(folder, 'journal.draft')
  writeDurably(draft, JSON.stringify(journal))
  renameSync(draft, join(folder, journalName))
  sync(folder)
}

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
