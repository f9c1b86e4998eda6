// « Essayer » on /api/docs: asks the API with a test key, which leaves nothing behind. The key stays in the tab.
const keyField = document.getElementById('try-key')
if (keyField) keyField.value = sessionStorage.getItem('test-key') ?? ''

for (const form of document.querySelectorAll('form[data-try]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const result = form.querySelector('.api-result')
    const key = keyField.value.trim()
    if (!key.startsWith('dispo_test_')) {
      result.textContent = key === '' ? form.dataset.keyMissing : form.dataset.keyLive
      keyField.focus()
      return
    }
    sessionStorage.setItem('test-key', key)
    result.textContent = '…'
    try {
      result.textContent = await send(form, key)
    } catch {
      result.textContent = form.dataset.failed
    }
  })
}

async function send(form, key) {
  const { try: pattern, method } = form.dataset
  const part = (name) => form.querySelector(`[data-part="${name}"]`)
  let url = pattern
  for (const input of form.querySelectorAll('[data-part="path"]')) url = url.replace(`{${input.name}}`, encodeURIComponent(input.value.trim()))
  const query = part('query')?.value.trim()
  if (query) url += `?${query}`
  const headers = { authorization: `Bearer ${key}`, 'accept-language': document.documentElement.lang }
  const body = part('body')?.value
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method !== 'GET') headers['idempotency-key'] = crypto.randomUUID()
  const response = await fetch(url, { method, headers, body, credentials: 'omit', cache: 'no-store' })
  const text = await response.text()
  return `${response.status} ${response.statusText}\n${pretty(text)}`
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
