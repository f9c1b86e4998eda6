import Papa from 'papaparse'
import { RECIPIENT_FILTERS, type RecipientFilter, type RecipientWish } from '../../src/campaigns/domain.ts'
import type { MessageState } from '../../src/messaging/domain.ts'
import { paths } from '../../src/web/paths.ts'
import { elements, textOf, type Element } from '../support/html.ts'
import type { Page } from '../support/page.ts'
import type { Browser } from './scene.ts'

/** What a recruiter is told must be what is so. */
export type PagesSaid = { faults: string[] }

type Fact = { e164: string; state: MessageState; batch: number }
/** A number on a link, and the recipients behind that link. */
type Said = { part: RecipientFilter; batch: number | undefined; number: number; query: string }

/** Reads the campaign's row, its page and its exports, and compares every number that stands for a list of recipients. */
export async function comparePages(browser: Browser, campaignId: number, facts: readonly Fact[]): Promise<PagesSaid> {
  const detail = await browser.get(paths.campaign(campaignId))
  const row = await findRow(browser, campaignId)
  const [onPage, inList] = [linkedNumbers(detail.root, campaignId), linkedNumbers(row, campaignId)]
  const faults = [...wrongNumbers('the campaign’s page', onPage, facts), ...wrongNumbers('the list of campaigns', inList, facts)]
  if (onPage.length < 4) faults.push(`the campaign's page links only ${onPage.length} numbers to their lists`)
  if (!numbersIn(textOf(row)).includes(facts.length)) faults.push(`the list of campaigns does not show its ${facts.length} recipients: ${textOf(row)}`)
  const doubts = factsOf({ part: 'doubtful', batch: undefined }, facts).length
  const listed = await browser.get(paths.campaignStep(campaignId, 'doubts'))
  if (!numbersIn(listed.text).includes(doubts)) faults.push(`the page of texts in doubt does not show its ${doubts}: ${listed.text.slice(0, 500)}`)
  for (const query of new Set(['', ...onPage.map((said) => said.query)])) {
    const { part = 'all', batch } = onPage.find((said) => said.query === query) ?? {}
    faults.push(...exportFaults(query, await browser.get(`${paths.campaignStep(campaignId, 'export')}${query}`), factsOf({ part, batch }, facts)))
  }
  return { faults }
}

async function findRow(browser: Browser, campaignId: number): Promise<Element> {
  const page = await browser.get(`${paths.campaigns}?tab=all`)
  const row = elements(page.root).find(({ attributes }) => attributes['id'] === `campaign-${campaignId}`)
  if (!row) throw new Error(`the list of campaigns does not show campaign ${campaignId}: ${page.text.slice(0, 500)}`)
  return row
}

function linkedNumbers(root: Element, campaignId: number): Said[] {
  return elements(root).filter(({ tag }) => tag === 'a').flatMap((link): Said[] => {
    const { pathname, search, searchParams } = new URL(link.attributes['href'] ?? '', 'http://here')
    const { show = '', batch, ...others } = Object.fromEntries(searchParams)
    const [number] = numbersIn(textOf(link))
    const isList = pathname === paths.campaign(campaignId) && show in RECIPIENT_FILTERS && Object.keys(others).length === 0
    return isList && number !== undefined ? [{ part: show as RecipientFilter, batch: batch === undefined ? undefined : Number(batch), number, query: search }] : []
  })
}

/** Whole numbers as French writes them: groups of three with a narrow space between. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d{1,3}(?:[\u202f\u00a0]\d{3})+|\d+/g)].map(([number]) => Number(number.replace(/\D/g, '')))
}

function wrongNumbers(where: string, said: readonly Said[], facts: readonly Fact[]): string[] {
  return said.flatMap(({ query, number, ...which }) => {
    const actual = factsOf(which, facts).length
    return number === actual ? [] : [`${where} says ${number} for ${query}, and there are ${actual}`]
  })
}

/** Nobody opens a link or answers in a run, nobody says STOP, and at its end nobody waits for a better hour. */
function factsOf({ part, batch }: Pick<Said, 'part' | 'batch'>, facts: readonly Fact[]): Fact[] {
  const wish: RecipientWish = RECIPIENT_FILTERS[part]
  if ((wish.answer !== undefined && wish.answer !== 'none') || wish.openedBy || wish.isHeld || wish.hasUnsubscribed) return []
  return facts.filter((fact) => (wish.states?.includes(fact.state) ?? true) && (batch === undefined || fact.batch === batch))
}

/** The file has exactly the recipients behind the number, and one word for one state. */
function exportFaults(query: string, page: Page, facts: readonly Fact[]): string[] {
  const { data } = Papa.parse<string[]>(page.html.replace(/^\ufeff/, '').trimEnd(), { delimiter: ';' })
  const rows = data.slice(1)
  const expected = new Map(facts.map(({ e164, state }) => [e164, state]))
  const numbers = new Set(rows.map(numberIn))
  const missing = [...expected.keys()].filter((e164) => !numbers.has(e164))
  const isSame = missing.length === 0 && numbers.size === expected.size && rows.length === expected.size
  return [
    ...(isSame ? [] : [`the export ${query} has ${rows.length} rows with ${numbers.size} numbers, and there are ${expected.size} recipients`]),
    ...wordFaults(query, rows, expected),
  ]
}

/** Some column tells the states apart: where two recipients differ in their state, it differs too. */
function wordFaults(query: string, rows: readonly string[][], expected: ReadonlyMap<string, MessageState>): string[] {
  const states = new Set(expected.values())
  // In a few rows names and numbers would tell everything apart.
  if (states.size < 2 || rows.length < 100) return []
  const tells = (column: number) => {
    const words = new Set(rows.map((cells) => cells[column]))
    const pairs = new Set(rows.map((cells) => `${expected.get(numberIn(cells))} ${cells[column]}`))
    return words.size < rows.length / 2 && words.size >= states.size && pairs.size === words.size
  }
  return rows[0]!.some((_, column) => tells(column)) ? [] : [`no column of the export ${query} tells ${[...states].join(', ')} apart`]
}

function numberIn(cells: readonly string[]): string {
  return cells.map((cell) => cell.replaceAll(/[ \u00a0-]/g, '')).find((cell) => /^\+\d{7,15}$/.test(cell)) ?? ''
}
