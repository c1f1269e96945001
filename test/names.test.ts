// Holds the public names to one language: a name means one thing, and each door says by itself what it lets through.

import { describe, expect, it } from 'vitest'
import { doors, publicNames, textOf } from './publicNames.ts'

const names = publicNames()

describe('the public names', () => {
  it('are there to check, behind all doors', () => {
    expect(doors().size).toBeGreaterThanOrEqual(10)
    expect(names.length).toBeGreaterThan(300)
    expect(new Set(names.map(({ door }) => door)).size).toBe(doors().size)
  })

  it('mean one thing each: no name is declared in two places', () => {
    const files = new Map<string, Set<string>>()
    for (const { name, file } of names) files.set(name, (files.get(name) ?? new Set()).add(file))
    const homonyms = [...files].filter(([, where]) => where.size > 1).map(([name, where]) => [name, ...where])
    expect(homonyms).toEqual([])
  })

  it('are listed by their doors: none re-exports a whole file, renames, or exports by default', () => {
    const wrong = [...doors()].filter(
      ([door, file]) =>
        // The audit's rooms are moving now; its door lists its names when they stand.
        door !== './audit' &&
        /^export \*|^export default|^export (?:type )?\{[^}]*\bas\b/m.test(textOf(file)),
    )
    expect(wrong).toEqual([])
  })

  it('give an act one verb: read bytes, write, open, create, connect, draw; never parse, load, save, make, build, get', () => {
    const wrong = names.filter(({ name }) => /^(parse|load|save|make|build|get|new)[A-Z]/.test(name))
    expect(wrong.map(({ door, name }) => `${door} ${name}`)).toEqual([])
  })

  it('open, create, connect or start what one closes', () => {
    const closed = new Set(
      names
        .filter(({ kind, text }) => kind === 'interface' && /^ {2}(readonly )?close(\(|:)/m.test(text))
        .map(({ name }) => name),
    )
    expect(closed.size).toBeGreaterThan(5)
    const wrong = names.filter(({ kind, text, name }) => {
      if (kind !== 'function') return false
      const answer = /\): (?:Promise<)?(\w+)>? \{$/m.exec(text)?.[1]
      return (
        answer !== undefined && closed.has(answer) && !/^(open|create|connect|start|compile|train)/.test(name)
      )
    })
    expect(wrong.map(({ door, name }) => `${door} ${name}`)).toEqual([])
  })
})
