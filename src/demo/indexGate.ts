// What `/` shows of a service with a token until the reader has given it: one field, and the script that asks with it.
// Source: RFC 6750 (Authorization: Bearer). The token stays in the field's page: not in the address, not in storage.
// It tells nothing of the models: everybody gets it.

/** The page as HTML. @param style of the page behind it */
export const gatePage = (style: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Frostglass: a token is needed</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<script src="/gate.js" defer></script>
</head>
<body>
<main>
<p class="wordmark">Frostglass</p>
<h1 tabindex="-1">This service asks for its token</h1>
<p>Whoever runs it has one. It stays in this page’s memory: a reload asks again.</p>
<form>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required aria-describedby="refused">
<button>Open</button>
<p id="refused" role="alert"></p>
</form>
</main>
</body>
</html>
`

/** The script: it asks for the page of models with the token, and puts it in place of the field. */
export const gateScript = `const form = document.querySelector('form')
const field = document.querySelector('#token')
const say = (words) => { document.querySelector('#refused').textContent = words }
const wrong = 'This is not the service’s token.'
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  say('')
  const token = field.value.trim()
  if (!/^[\\x21-\\x7e]+$/.test(token)) return say(wrong)
  try {
    const answer = await fetch('/served', { headers: { authorization: 'Bearer ' + token }, cache: 'no-store' })
    if (answer.status === 401) return say(wrong)
    if (!answer.ok) return say('The service answers ' + answer.status + '.')
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    document.title = page.title
    document.querySelector('main').replaceWith(page.querySelector('main'))
    document.querySelector('h1').focus()
  } catch {
    say('The service does not answer. Is it still running?')
  }
})
`
