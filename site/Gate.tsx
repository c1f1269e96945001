// Asks for the token of a service that has one, and lends it to everything on the page that asks the service.
// Source: RFC 6750 (Authorization: Bearer). It is kept in memory: not in the address, not in storage; a reload asks again.
// Without a token, which is the usual case, nobody sees this.

import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { Masthead } from './Masthead.tsx'

const Token = createContext<string | undefined>(undefined)

/** The token, where one was asked for. */
export const useToken = (): string | undefined => useContext(Token)

/** The header that requests of this page have. */
export const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

/** Statuses of `/v2`; undefined where nobody answers. */
const statusWith = (token?: string): Promise<number | undefined> =>
  fetch('/v2', { headers: bearer(token), cache: 'no-store' }).then(
    ({ status }) => status,
    () => undefined,
  )

/** Shows the page once the service answers it, or does not answer at all, which the page tells in its own words. */
export function Gate({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState<{ readonly token?: string }>()
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    void statusWith().then((status) => (status === 401 ? setAsked(true) : setOpen({})))
  }, [])
  if (open) return <Token.Provider value={open.token}>{children}</Token.Provider>
  return (
    <>
      <Masthead />
      <main>{asked && <Ask onToken={(token) => setOpen({ token })} />}</main>
    </>
  )
}

function Ask({ onToken }: { onToken: (token: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  const [failure, setFailure] = useState('')
  const [busy, setBusy] = useState(false)
  const send = async (event: Event) => {
    event.preventDefault()
    const token = field.current?.value.trim() ?? ''
    setBusy(true)
    setFailure('')
    // Others are in no token, and in no header.
    const status = /^[\x21-\x7e]+$/.test(token) ? await statusWith(token) : 401
    if (status === 200) return onToken(token)
    setBusy(false)
    setFailure(
      status === 401
        ? 'This is not the service’s token.'
        : status === undefined
          ? 'The service does not answer. Is it still running?'
          : `The service answers ${status}.`,
    )
    field.current?.select()
  }
  return (
    <form class="gate" onSubmit={send}>
      <h1>This service asks for its token</h1>
      <p>Whoever runs it has one. It stays in this page’s memory: a reload asks again.</p>
      <label for="token">Token</label>
      <div class="ask">
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="refused"
        />
        <button type="submit" disabled={busy}>
          Open
        </button>
      </div>
      <p id="refused" role="alert">
        {failure}
      </p>
    </form>
  )
}
