import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openPage, problemsOf, screenshot, type PageOptions } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { KIT_PAGES, startKit, type KitPage } from '../views/kit/server.ts'

let kit: Awaited<ReturnType<typeof startKit>>
beforeAll(async () => { kit = await startKit() })
afterAll(() => kit.app.close())
beforeEach(() => { kit.posts.length = 0 })

async function visit(name: KitPage, options: PageOptions = {}): Promise<Page> {
  const page = await openPage({ baseURL: kit.url, ...options })
  await page.goto(`/kit/${name}`)
  return page
}

describe.each(Object.keys(KIT_PAGES) as KitPage[])('the kit page %s', (name) => {
  test('has no fault at any width, in light and dark, nor with forced colours', async () => {
    const page = await visit(name)
    await checkLooks(page, `kit-${name}`, [1280, 768, 360, 320])
    await page.emulateMedia({ forcedColors: 'active' })
    await checkPage(page)
  })

  test('has no fault without scripts', async () => {
    await checkPage(await visit(name, { javaScriptEnabled: false, width: 360 }))
  })
})

describe('what opens', () => {
  test('the navigation opens on a phone without scripts, and has no fault', async () => {
    const page = await visit('list', { width: 360, javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('link', { name: 'Campagnes SMS' }).click()
    await page.waitForURL('**/kit/record')
  })

  test('filters, menus and the keyboard help have no fault when open', async () => {
    const page = await visit('list', { width: 360 })
    await page.getByRole('button', { name: 'Filtres (3)' }).click()
    await checkPage(page)
    await page.getByRole('button', { name: 'Fermer' }).click()
    await page.getByText('Plus d’actions').click()
    await checkPage(page)
    await page.keyboard.press('Escape')
    expect(await page.evaluate(`document.activeElement.tagName`)).toBe('SUMMARY')
    await page.keyboard.press('?')
    await checkPage(page)
    await screenshot(page, 'kit-help-360')
  })

  test('the menu of the selection bar opens upwards, inside the window', async () => {
    const page = await visit('list', { height: 500 })
    await page.locator('tbody .check-box').first().click()
    await page.getByText('Autres actions').click()
    await page.getByRole('link', { name: 'Exporter' }).click({ trial: true })
    const menu = await page.locator('details[open] .menu-list').boundingBox()
    const bar = await page.locator('.selection-bar').boundingBox()
    expect(menu!.y).toBeGreaterThan(0)
    expect(menu!.y + menu!.height).toBeLessThan(bar!.y + bar!.height)
  })

  test('a row menu is not cut by its scrolling table', async () => {
    const page = await visit('record', { width: 360 })
    const summary = page.locator('td summary')
    await summary.scrollIntoViewIfNeeded()
    await summary.click()
    await page.getByRole('link', { name: 'Annuler' }).click({ trial: true })
    const box = await page.locator('details[open] .menu-list').boundingBox()
    expect(box!.x).toBeGreaterThanOrEqual(0)
    expect(box!.x + box!.width).toBeLessThanOrEqual(360)
  })
})

describe('a wide table', () => {
  const headTop = (page: Page) => page.evaluate<number>(`(scrollTo(0, 600), document.querySelector('thead th').getBoundingClientRect().top)`)

  test('keeps its head in view while it fits', async () => {
    const page = await visit('list', { width: 1280, height: 500 })
    await page.setViewportSize({ width: 1600, height: 500 })
    await page.locator('.table-wrap.fits').waitFor()
    expect(await headTop(page)).toBe(0)
    await checkPage(page)
  })

  test('scrolls in its own frame when it does not', async () => {
    const page = await visit('list', { width: 1280, height: 500 })
    await page.setViewportSize({ width: 1000, height: 500 })
    await page.locator('.table-wrap:not(.fits)').waitFor()
    expect(await headTop(page)).toBeLessThan(0)
    await checkPage(page)
  })
})

describe('selecting rows', () => {
  const status = (page: Page) => page.locator('[data-select-count]')
  const row = (page: Page, index: number) => page.locator('tbody .check-box').nth(index)
  const launch = (page: Page) => page.getByRole('button', { name: 'lancer une campagne sms' }).click()
  const sent = async () => { await expect.poll(() => kit.posts.length).toBe(1); return kit.posts[0]! }

  test('works without scripts: what is ticked is sent', async () => {
    const page = await visit('list', { javaScriptEnabled: false })
    await row(page, 0).check()
    await row(page, 2).check()
    await launch(page)
    expect((await sent()).getAll('ids')).toEqual(['1', '3'])
  })

  test('the bar appears with the first tick and goes with the last', async () => {
    const page = await visit('list')
    await expect.poll(() => page.locator('.selection-bar').isVisible()).toBe(false)
    await row(page, 1).click()
    expect(await status(page).textContent()).toBe('1 sélectionné')
    await row(page, 1).click()
    expect(await page.locator('.selection-bar').isVisible()).toBe(false)
  })

  test('shift and click ticks a range; the box of the page shows three states', async () => {
    const page = await visit('list')
    const head = page.locator('[data-select-page]')
    await row(page, 4).click()
    await row(page, 1).click({ modifiers: ['Shift'] })
    expect(await status(page).textContent()).toBe('4 sélectionnés')
    expect(await head.evaluate((box) => (box as unknown as { indeterminate: boolean }).indeterminate)).toBe(true)
    await head.click()
    expect(await status(page).textContent()).toBe('12 sélectionnés')
    expect(await head.isChecked()).toBe(true)
  })

  test('all N of the search minus one is sent as the search and its exception', async () => {
    const page = await visit('list')
    await page.locator('[data-select-page]').click()
    await page.getByRole('button', { name: /Sélectionner les 1.243 résultats/ }).click()
    await checkPage(page)
    await row(page, 2).click()
    expect(await status(page).textContent()).toMatch(/^1.242 sélectionnés \(sauf 1\)$/)
    await launch(page)
    const form = await sent()
    expect(form.getAll('all')).toEqual(['1'])
    expect(form.getAll('except')).toEqual(['3'])
  })

  test('ticks survive paging and are cleared in one step', async () => {
    const page = await visit('list')
    await row(page, 0).click()
    await page.evaluate(`sessionStorage.setItem('select:/kit/list:digest', JSON.stringify({ all: false, ids: ['1', '900'], except: [] }))`)
    await page.reload()
    expect(await status(page).textContent()).toBe('2 sélectionnés')
    expect(await row(page, 0).isChecked()).toBe(true)
    await launch(page)
    expect((await sent()).getAll('ids').sort()).toEqual(['1', '900'])
    await page.goto('/kit/list')
    await page.getByRole('button', { name: 'Effacer la sélection' }).click()
    expect(await page.locator('.selection-bar').isVisible()).toBe(false)
    expect(await page.evaluate(`sessionStorage.length`)).toBe(0)
  })
})

describe('the keyboard', () => {
  const focused = (page: Page) => page.evaluate<string>(`document.activeElement.textContent || document.activeElement.name`)

  test('/ goes to the search, j and k walk the rows, x ticks, Enter opens', async () => {
    const page = await visit('list')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    expect(await focused(page)).toBe('Élodie Lefèvre')
    await page.keyboard.press('x')
    expect(await page.locator('tbody .check-box').nth(1).isChecked()).toBe(true)
    await page.keyboard.press('/')
    expect(await focused(page)).toBe('q')
    await page.keyboard.type('j?x')
    expect(await page.locator('[name=q]').inputValue()).toBe('j?x')
    expect(await page.locator('dialog').isVisible()).toBe(false)
  })

  test('g then a letter goes to a section', async () => {
    const page = await visit('list')
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.waitForURL('**/kit/record')
  })

  test('every shortcut can be switched off', async () => {
    const page = await visit('list')
    await page.evaluate(`document.body.dataset.shortcuts = 'off'`)
    for (const key of ['j', '?', '/']) await page.keyboard.press(key)
    expect(await page.evaluate(`document.activeElement.tagName`)).toBe('BODY')
    expect(await page.locator('dialog').isVisible()).toBe(false)
  })
})

describe('forms', () => {
  test('a double click sends once', async () => {
    const page = await visit('live')
    await page.getByLabel('Statut').fill('200')
    await page.evaluate(`{ const button = document.querySelector('#fragment button'); button.click(); button.click() }`)
    await page.getByText('Réponse 200').waitFor()
    expect(kit.posts).toHaveLength(1)
  })

  test('the error summary has the focus and leads to the field', async () => {
    const page = await visit('form')
    expect(await page.evaluate(`document.activeElement.id`)).toBe('errors')
    await page.getByRole('link', { name: 'Choisissez quand envoyer' }).click()
    expect(await page.evaluate(`document.activeElement.id`)).toBe('when')
  })

  test('filters send themselves after a change', async () => {
    const page = await visit('list')
    await page.locator('[name=trade][value=macon]').check()
    await page.waitForURL(/trade=coffreur&trade=macon/)
  })

  test('copying says that it worked', async () => {
    const page = await visit('form')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copier' }).click()
    await page.getByRole('status').getByText('Copié').waitFor()
    expect(await page.evaluate(`navigator.clipboard.readText()`)).toBe('texte')
  })
})

describe('fragments', () => {
  const send = async (page: Page, status: string) => {
    await page.getByLabel('Statut').fill(status)
    await page.getByRole('button', { name: 'Envoyer' }).click()
  }

  test('a correction is swapped in and its field takes the focus', async () => {
    const page = await visit('live')
    await send(page, '422')
    await page.getByText('Indiquez un statut').waitFor()
    await expect.poll(() => page.evaluate(`document.activeElement.id`)).toBe('status')
    await checkPage(page)
  })

  test('"moved on meanwhile" is swapped in', async () => {
    const page = await visit('live')
    await send(page, '409')
    await page.getByText('Réponse 409').waitFor()
  })

  test('another failure is said and the page stays as it was', async () => {
    const page = await visit('live')
    await send(page, '500')
    await page.getByRole('status').getByText('Le serveur n’a pas répondu').waitFor()
    expect(await page.getByLabel('Statut').inputValue()).toBe('500')
    expect(await page.locator('#fragment [aria-disabled]').count()).toBe(0)
    expect(problemsOf(page).splice(0)).toEqual([expect.stringContaining('500 for')])
  })

  test('polls wait while the tab is hidden', async () => {
    const page = await visit('live')
    const goesOn = (hidden: boolean, type: string) => page.evaluate<boolean>(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} })
      document.body.dispatchEvent(new CustomEvent('htmx:before:request', { bubbles: true, cancelable: true, detail: { ctx: { request: { headers: {} }, sourceElement: document.body, sourceEvent: { type: '${type}' } } } }))`)
    expect(await goesOn(true, 'every')).toBe(false)
    expect(await goesOn(true, 'submit')).toBe(true)
    expect(await goesOn(false, 'every')).toBe(true)
  })
})
