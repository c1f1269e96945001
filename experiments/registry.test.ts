import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { declarationOf, declarations } from './registry.ts'
import { experimentsOf, figuresOf, papersText } from './reproduceHelp.ts'

const all = await declarations()

describe('the experiments', () => {
  it('are all folders with an index, each declared with a name of its own', () => {
    const whole = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && existsSync(new URL(`./${entry.name}/index.ts`, import.meta.url)),
    )
    expect(all.length).toBe(whole.length)
    expect(all.length).toBeGreaterThan(16)
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })

  it('have their work, and a paper one title', async () => {
    for (const { load, name, paper } of all) {
      const own = await load()
      expect(own.tasks, name).toBeTypeOf('function')
      expect(own.run, name).toBeTypeOf('function')
      expect(
        new Set(all.filter((one) => one.paper.name === paper.name).map((one) => one.paper.title)).size,
      ).toBe(1)
    }
  })

  it('are found by name, and by the figures of their papers', async () => {
    expect((await declarationOf('table-1')).paper.name).toBe('study')
    await expect(declarationOf('table-7')).rejects.toThrow("there is no experiment 'table-7'")
    const names = (paper: string, figure: string) => experimentsOf(all, paper, figure).map(({ name }) => name)
    expect(names('spg', '13')).toEqual(['classification'])
    expect(names('spg', 'all')).toEqual(['classification', 'series'])
    expect(names('spg', 'attacks')).toEqual(['attacks'])
    expect(names('obfnet', 'all')).toEqual(['obfnet', 'bottlenecks'])
    expect(names('study', 'all')).toEqual(['table-1', 'photographs', 'colors'])
    expect(names('study', '12')).toEqual(['photographs'])
    expect(names('encrypted-sentiment', 'all')).toEqual(['encrypted-sentiment', 'encrypted-training'])
    expect(names('queries', 'all')).toEqual(['queries'])
    expect(() => experimentsOf(all, 'obfnet', '12')).toThrow("obfnet has no figure '12'")
  })

  it('are all in the help, within its columns', () => {
    const text = papersText(all)
    for (const figure of figuresOf(all)) expect(text).toMatch(new RegExp(`(^| )${figure}[ :]`, 'm'))
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})
