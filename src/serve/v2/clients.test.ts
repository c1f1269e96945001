// Who counts as one client.

import { expect, it } from 'vitest'
import { clientAt } from './clients.ts'

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0000::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['/run/socket', '/run/socket'],
])('%s is of the client %s', (address, client) => {
  expect(clientAt(address)).toBe(client)
})

it('is nobody where there is no connection', () => {
  expect(clientAt(undefined)).toBeUndefined()
})
