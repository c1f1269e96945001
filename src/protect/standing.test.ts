import { expect, it } from 'vitest'
import { assertPublic, type PublicPane, type SecretPane } from './standing.ts'

const secret: SecretPane = { standing: 'secret', scheme: 'keyed', fingerprint: 'ab12' }
const open: PublicPane = { standing: 'public', scheme: 'learned', fingerprint: 'cd34' }

it('lets a public pane through and stops a secret one, naming it but not its contents', () => {
  expect(() => assertPublic(open)).not.toThrow()
  expect(() => assertPublic(secret)).toThrow(expect.objectContaining({ code: 'key' }))
  expect(() => assertPublic(secret)).toThrow('the pane ab12 (keyed) is secret')
})

it('keeps the two apart by type', () => {
  // @ts-expect-error a secret pane is not a public one
  const wrong: PublicPane = secret
  expect(wrong.standing).toBe('secret')
})
