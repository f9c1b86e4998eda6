import Papa from 'papaparse'
import { RECIPIENT_FILTERS, type RecipientFilter } from '../../src/campaigns/domain.ts'
import type { MessageState } from '../../src/messaging/domain.ts'
import { paths } from '../../src/web/paths.ts'
import { elements, textOf, type Element } from '../support/html.ts'
import type { Page } from '../support/page.ts'
import type { Browser } from './scene.ts'

/** What a recruiter is told must be what is so. */
export type PagesSaid = { faults: string[] }

type Fact = { e164: string; state: MessageState }

/** Reads the campaign's row, its page and its exports, and compares every number that stands for a list of recipients. */
export async function comparePages(browser: Browser, campaignId: number, facts: readonly Fact[]): Promise<PagesSaid> {
  const faults: string[] = []
  const detail = await browser.get(paths.campaign(campaignId))
  const row = await findRow(browser, campaignId)
  const onPage = linkedNumbers(detail.root, campaignId)
  if (onPage.size < 4) faults.push(`the campaign's page links only ${onPage.size} numbers to their lists`)
  compare(faults, 'the campaign’s page', onPage, facts)
  compare(faults, 'the list of campaigns', linkedNumbers(row, campaignId), facts)
  if (!numbersIn(textOf(row)).includes(facts.length)) faults.push(`the list of campaigns does not show its ${facts.length} recipients: ${textOf(row)}`)
  for (const show of onPage.keys()) faults.push(...exportFaults(show, await browser.get(`${paths.campaignStep(campaignId, 'export')}?show=${show}`), facts))
  return { faults }
}

async function findRow(browser: Browser, campaignId: number): Promise<Element> {
  const page = await browser.get(`${paths.campaigns}?tab=all`)
  const row = elements(page.root).find(({ attributes }) => attributes['id'] === `campaign-${campaignId}`)
  if (!row) throw new Error(`the list of campaigns does not show campaign ${campaignId}: ${page.text.slice(0, 500)}`)
  return row
}

/** Numbers on links to a part of the recipients, by the name of that part. */
function linkedNumbers(root: Element, campaignId: number): Map<RecipientFilter, number> {
  const found = new Map<RecipientFilter, number>()
  for (const link of elements(root).filter(({ tag }) => tag === 'a')) {
    const url = new URL(link.attributes['href'] ?? '', 'http://here')
    const show = url.searchParams.get('show')
    const [number] = numbersIn(textOf(link))
    if (url.pathname === paths.campaign(campaignId) && show !== null && show in RECIPIENT_FILTERS && number !== undefined) found.set(show as RecipientFilter, number)
  }
  return found
}

/** Whole numbers as French writes them: groups of three with a narrow space between. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d{1,3}(?:[\u202f\u00a0]\d{3})+|\d+/g)].map(([number]) => Number(number.replace(/\D/g, '')))
}

function compare(faults: string[], where: string, said: ReadonlyMap<RecipientFilter, number>, facts: readonly Fact[]): void {
  for (const [show, number] of said) {
    const actual = facts.filter((fact) => belongs(show, fact)).length
    if (number !== actual) faults.push(`${where} says ${number} ${show}, and there are ${actual}`)
  }
}

/** Nobody answers in a run, nobody says STOP, and at its end nobody waits for a better hour. */
function belongs(show: RecipientFilter, { state }: Fact): boolean {
  const wish: { answer?: string; states?: readonly MessageState[]; isHeld?: boolean; hasUnsubscribed?: boolean } = RECIPIENT_FILTERS[show]
  if (wish.answer === 'yes' || wish.answer === 'no' || wish.isHeld || wish.hasUnsubscribed) return false
  return wish.states?.includes(state) ?? true
}

/** The file has exactly the recipients behind the number, and one word for one state. */
function exportFaults(show: RecipientFilter, page: Page, facts: readonly Fact[]): string[] {
  const faults: string[] = []
  const { data } = Papa.parse<string[]>(page.html.replace(/^\ufeff/, '').trimEnd(), { delimiter: ';' })
  const rows = data.slice(1)
  const expected = new Map(facts.filter((fact) => belongs(show, fact)).map(({ e164, state }) => [e164, state]))
  const numbers = new Set(rows.map((cells) => cells.find((cell) => /^\+\d{7,15}$/.test(cell)) ?? ''))
  const missing = [...expected.keys()].filter((e164) => !numbers.has(e164))
  if (missing.length > 0 || numbers.size !== expected.size || rows.length !== expected.size) faults.push(`the export of ${show} has ${rows.length} rows with ${numbers.size} numbers, and there are ${expected.size} recipients`)
  return [...faults, ...wordFaults(show, rows, expected)]
}

/** Some column tells the states apart: where two recipients differ in their state, it differs too. */
function wordFaults(show: RecipientFilter, rows: readonly string[][], expected: ReadonlyMap<string, MessageState>): string[] {
  const states = new Set(expected.values())
  // In a few rows names and numbers would tell everything apart.
  if (states.size < 2 || rows.length < 100) return []
  const stateIn = (cells: readonly string[]) => expected.get(cells.find((cell) => /^\+\d{7,15}$/.test(cell)) ?? '')
  const tells = (column: number) => {
    const words = new Set(rows.map((cells) => cells[column]))
    const pairs = new Set(rows.map((cells) => `${stateIn(cells)} ${cells[column]}`))
    return words.size < rows.length / 2 && words.size >= states.size && pairs.size === words.size
  }
  return rows[0]!.some((_, column) => tells(column)) ? [] : [`no column of the export of ${show} tells ${[...states].join(', ')} apart`]
}
