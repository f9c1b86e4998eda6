import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneTemplate } from '../support/database.ts'
import { jobsOf, openScene, type Scene } from '../support/plan-scene.ts'
import { isMuch, isWhole, tell, type Scan } from '../support/plans.ts'
import { hearRoutes, leadsTo, open, shapeOf } from '../support/tour.ts'

// Among many rows, what every page, command and task asks is carried out as the server sees fit; a table that grows must never
// be read as a whole for it, or only where its reason stands here.

let scene: Scene
const heard = hearRoutes()
beforeAll(async () => {
  scene = await openScene(await cloneTemplate())
})
afterAll(async () => {
  heard.stop()
  await scene?.close()
})

/** What may read tables as a whole, or more of them than a page does, and why. */
const ALLOWED: readonly { at?: RegExp; statement?: RegExp; why: string }[] = [
  { statement: /\bjudged as \(/, why: 'an audience is everybody that a draft is for' },
  { at: /^the retention/, why: 'a job of the night goes through all that is over, and of a small agency that is most' },
  { at: /\/export\b/, why: 'a file holds all of its list, a thousand rows at a time' },
  { statement: /\bo\.is_fetched\b/, why: 'the links of a large campaign are many of a small agency’s; how many were opened is asked for again only after a while' },
  { at: /^\/admin\/data/, why: 'what the next night would remove is counted when an administrator looks' },
  { at: /^\/admin\/(mail|limits)/, why: 'mails are kept for thirty days, and settings are changed by hand' },
  { statement: /\bas sort_at\b/, why: 'what became of the texts of the campaigns shown is counted at every look' },
]

function faults(at: string, scans: readonly Scan[]): string[] {
  const wrong = scans.filter((scan) => isWhole(scan, scene.large) || isMuch(scan, scene.large))
    .filter(({ statement }) => !ALLOWED.some((one) => (one.at === undefined || one.at.test(at)) && (one.statement === undefined || one.statement.test(statement))))
  return [...new Set(wrong.map((scan) => `${at}: ${tell(scan)}`))]
}

test('there is enough of everything that grows', () => {
  const growing = ['candidate', 'candidate_phone', 'phone', 'recipient', 'recipient_profile', 'message', 'send_attempt', 'short_link', 'answer', 'answer_version', 'journal', 'follow_up_note', 'availability_change', 'job', 'mail', 'talent_list_member']
  expect(growing.filter((table) => !scene.large.has(table))).toEqual([])
})

/** Words, filters and orders that no link of a page asks for. */
const SEARCHES = [
  'q=Kabongo', 'q=karim+benali', 'q=macon+lyon', 'q=mart', 'q=cofreur', 'q=xqzwvk', 'q=%2B33639980100', 'q=p4999@exemple.fr', 'trade=Ma%C3%A7on', 'trade=Scaphandrier', 'town=Lyon', 'town=Lyon&radius=30',
  'trade=Coffreur&town=Lyon&radius=30&availability=available', 'tag=fid%C3%A8le', 'tag=permis+mer', 'skill=CACES+R489', 'branch=1', 'list=1', 'list=2', 'import=1', 'availability=available', 'from=2027-01-04&until=2027-01-08',
  'consent=missing', 'consent=opted_out', 'textable=yes', 'textable=no', 'list=2&textable=yes', 'q=macon&availability=available',
]
const FILTERED = [
  ...SEARCHES.map((search) => `/candidates?${search}`), ...SEARCHES.filter((_search, n) => n % 3 === 0).map((search) => `/availability?${search}`), '/contacts?q=mart', '/contacts?textable=yes', '/availability?sort=name',
  '/campaigns?tab=all&q=lyon', '/campaigns?tab=all&sort=name', '/campaigns?tab=all&from=2026-01-01&until=2026-06-30', '/campaigns?status=completed&by=1', '/campaigns?tab=all&q=nothing+at+all',
  '/replies?q=demain', '/replies?tab=all', '/replies?tab=review', '/replies?tab=unknown', '/admin/mail?q=collegue', '/admin/mail?status=sent', '/admin/journal?user=1', '/admin/journal?kind=campaign', '/admin/journal?kind=campaign&from=2025-01-01&until=2025-02-01',
  '/templates?q=mod', '/admin/users?q=coll', '/admin/references/jobs?q=poste', '/admin/references/jobs?q=R19', '/admin/references/codes?q=c1', '/admin/branches?q=agence', '/lists?q=dossier',
]
/** News never end; the others are files of the program, or not its own. */
const UNVISITED = /^\/news$|^\/assets|^\/simulator|^\/help\/images|\*/

test('every page and file, what it leads to, and the pages after it', async () => {
  const given = new Set([...FILTERED, ...[...heard.routes].flatMap((route) => addressesOf(route))].filter((address) => !UNVISITED.test(address)))
  const waiting = [...given]
  const seen = new Set<string>(waiting.map(shapeOf))
  const wrong: string[] = []
  const failed: string[] = []
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const { status, html } = await open(scene.visitor, address)
    wrong.push(...faults(address, scene.plans.take()))
    if (status >= 500) failed.push(`${status} ${address}`)
    // From what a link led to only further pages are followed: all filters with all others would be a journey without an end.
    for (const link of leadsTo(html)) {
      const isWanted = link.includes('?') && !UNVISITED.test(link) && !/\/export\b/.test(link) && (given.has(address) || /[?&](after|before)=/.test(link))
      if (!isWanted || seen.has(shapeOf(link))) continue
      seen.add(shapeOf(link))
      waiting.push(link)
    }
  }
  expect(failed).toEqual([])
  expect(seen.size).toBeGreaterThan(150)
  expect(wrong.join('\n')).toBe('')
})

/** An address of a route for each of the records that differ in what hangs on them. */
function addressesOf(route: string): string[] {
  const { people, campaigns, replies, recipients, codes } = scene.samples
  const ids = /^\/(candidates|contacts)\/:id/.test(route) ? people : route.startsWith('/campaigns/:id') ? campaigns : /^\/(replies|readings)\//.test(route) ? replies : route.startsWith('/recipients/') ? recipients : [1]
  const kinds = route.includes(':kind') ? ['codes', 'networks', 'sites', 'pages', 'jobs'] : ['']
  const links = route.includes(':code') ? codes : ['']
  return kinds.flatMap((kind) => ids.flatMap((id) => links.map((code) => route.replace(':kind', kind).replace(':code', code).replace(':id', String(id)).replaceAll(/:\w+/g, '1'))))
}

test('what people, the provider and the clock set going', async () => {
  const wrong: string[] = []
  for (const [name, work] of Object.entries(jobsOf(scene))) {
    await work().catch((cause: unknown) => { throw new Error(name, { cause }) })
    wrong.push(...faults(name, [...scene.plans.take(), ...scene.plansOfSending.take()]))
  }
  expect(wrong.join('\n')).toBe('')
})
