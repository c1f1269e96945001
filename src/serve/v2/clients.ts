// Who counts as one client: an address of IPv4, or the 64 bits that a network gives to one subscriber of IPv6.
// Source: RFC 4291, 2.5.4 (interfaces have the lower 64 bits), 2.5.5.2 (addresses of IPv4 inside IPv6).
// Behind a proxy all clients have the proxy's address: what it says of them in headers anybody can say, and is not read.

import { isIPv4, isIPv6 } from 'node:net'

/** The client at an address as the system writes it; undefined where there is none. */
export function clientAt(address: string | undefined): string | undefined {
  if (address === undefined || isIPv4(address) || !isIPv6(address)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]
  const [before = '', after] = address.replace(/%.*/, '').split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const front = groups(before)
  const back = after === undefined ? [] : groups(after)
  const zeros = after === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const all = [...front, ...Array<string>(zeros).fill('0'), ...back]
  // An address that ends as one of IPv4 does is the rarer writing: its last two groups are beyond the first four all the same.
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
