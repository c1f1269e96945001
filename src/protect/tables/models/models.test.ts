import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createModel } from './createModel.ts'
import { models } from './models.ts'

/** A value that fits each required parameter. */
const required = (name: string): Record<string, string> =>
  Object.fromEntries(
    models
      .find((one) => one.name === name)!
      .parameters.filter((parameter) => !('otherwise' in parameter))
      .map((parameter) => [
        parameter.name,
        parameter.kind === 'order' ? 'numbers' : parameter.kind === 'people' ? 'Germany' : '1',
      ]),
  )

describe('the list of models', () => {
  it.each(models)('$name is made from its parameters, and says them', (entry) => {
    const model = createModel(entry.name, required(entry.name), 'illness')
    expect(model.says).not.toBe('')
    expect(model.sensitive).toBe(entry.sensitive ? 'illness' : undefined)
    expect(model.needsPopulation === true).toBe(entry.publicTable)
  })

  it('every word of a parameter makes a model, and another one', () => {
    for (const entry of models) {
      for (const parameter of entry.parameters) {
        if (parameter.kind !== 'word') continue
        const said = parameter.of.map((word) => {
          const model = createModel(
            entry.name,
            { ...required(entry.name), [parameter.name]: word },
            'illness',
          )
          return `${model.name}, ${model.says}`
        })
        expect(new Set(said).size).toBe(parameter.of.length)
      }
    }
  })

  it('numbers are those that were written: each parameter reaches its model', () => {
    for (const entry of models) {
      for (const parameter of entry.parameters) {
        if (parameter.kind !== 'number' && parameter.kind !== 'people') continue
        // What a model says has all of its numbers: another number says something else.
        const low = parameter.range.from ?? 0.25
        const values = parameter.range.whole === true ? [low, low + 1] : [low + 0.125, low + 0.375]
        const said = values.map(
          (value) =>
            createModel(entry.name, { ...required(entry.name), [parameter.name]: String(value) }, 'illness')
              .says,
        )
        expect(said[0]).not.toBe(said[1])
      }
    }
  })

  it('an order is a word or a list', () => {
    const says = (order: string) =>
      createModel('ordered-t-closeness', { t: '0.2', order }, 'wage').prepare({
        rows: 2,
        populationRows: 0,
        sensitiveCounts: Float64Array.of(1, 1),
        sensitiveValues: ['low', 'high'],
      })
    expect(() => says('low|high')).not.toThrow()
    expect(() => says('low|middle')).toThrow('the value "high" of "wage" is not in the order given')
    expect(() => says('numbers')).toThrow('is no number')
  })

  it('refuses names, parameters and values that are not of it, and what is missing', () => {
    expect(() => createModel('k-anonimity', { k: '5' })).toThrow('there is no privacy model "k-anonimity"')
    expect(() => createModel('k-anonymity', { l: '5' })).toThrow('k-anonymity has no parameter "l"')
    expect(() => createModel('k-anonymity', {})).toThrow('k-anonymity needs k')
    expect(() => createModel('k-anonymity', { k: '5.5' })).toThrow(
      'k is 5.5, and must be a whole number from 1',
    )
    expect(() => createModel('k-anonymity', { k: '' })).toThrow('k is "", and must be a whole number from 1')
    expect(() => createModel('k-anonymity', { k: 'Infinity' })).toThrow('k is "Infinity"')
    expect(() => createModel('t-closeness', { t: '0.2' })).toThrow('t-closeness needs a sensitive column')
    expect(() => createModel('t-closeness', { t: '0.2', distance: 'far' }, 'wage')).toThrow(
      'distance is "far", and must be one of equal, hierarchical',
    )
    expect(() => createModel('estimated-k-map', { k: '3', population: 'Utopia' })).toThrow(
      'population is "Utopia", and must be a whole number from 1',
    )
  })

  it('no text breaks it but by a refusal', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.string(), (entry, text) => {
        for (const { name } of entry.parameters) {
          try {
            createModel(entry.name, { ...required(entry.name), [name]: text }, 'illness')
          } catch (error) {
            expect(error).toMatchObject({ name: 'FrostglassError', code: 'usage' })
          }
        }
      }),
    )
  })
})
