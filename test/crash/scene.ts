import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { saveSetting } from '../../src/companies/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import type { Db } from '../../src/db/pool.ts'
import { paths } from '../../src/web/paths.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeDraft } from '../support/factories/campaigns.ts'
import { elements } from '../support/html.ts'
import { signIn, visit, type Page, type Visitor } from '../support/page.ts'
import type { FormValues } from '../support/forms.ts'
import type { Size } from './plan.ts'

export type Scene = Awaited<ReturnType<typeof makeScene>>

/** An agency whose campaigns leave in several batches, with a draft for all its candidates, and who sends and mends them. */
export async function makeScene(db: Db, size: Pick<Size, 'recipients' | 'batches'>) {
  const company = await makeCompany(db, { name: 'Agence Martin' })
  const { scope } = company
  const batchSize = Math.ceil(size.recipients / size.batches)
  await saveSetting(db, scope, 'campaign.first_batch_size', batchSize)
  await saveSetting(db, scope, 'campaign.next_batch_size', batchSize)
  const user = await makeUser(db, scope, { role: 'administrator', name: 'Claire Bernard' })
  const candidateIds = await insertCandidates(db, scope, size.recipients)
  const { id: campaignId } = await makeDraft(db, scope, { createdBy: user.id, senderId: company.senderId, candidateIds, name: 'Chantier de décembre' })
  return { scope, user, campaignId }
}

/** Numbers of the range set aside for fiction; it holds ten thousand. */
async function insertCandidates(db: Db, scope: CompanyScope, count: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with person as (
      insert into candidate (company_id, first_name, last_name, consent_given, consent_source)
      select ${scope.companyId}, 'Camille', 'Martin ' || n, true, 'formulaire' from generate_series(1, ${count}::integer) n
      returning company_id, id
    ), phone as (
      insert into candidate_phone (company_id, candidate_id, kind, raw, e164, country, is_textable)
      select company_id, id, 'mobile', number, number, 'FR', true
      from (select company_id, id, '+336399' || (79999 + row_number() over (order by id)) as number from person) numbered
    )
    select id from person order by id`.execute(db)
  return rows.map(({ id }) => id)
}

/** The recruiter at her browser, who tries again when the server does not answer. */
export async function openBrowser(url: string, user: { email: string; password: string }) {
  let visitor: Visitor = visit(new URL(url))

  /** Until the application is there and willing. */
  async function insist(act: () => Promise<Page>): Promise<Page> {
    for (;;) {
      const page = await act().catch((error: unknown) => {
        if (isAway(error)) return undefined
        throw error
      })
      if (page && page.status !== 503) return expected(page)
      await wait(200)
    }
  }

  await insist(() => {
    visitor = visit(new URL(url))
    return signIn(visitor, user.email, user.password)
  })
  return {
    get: (address: string) => insist(() => visitor.get(address)),
    /** Fills what the form has of `values`, and sends it once: whether it arrived is looked up, not guessed. */
    async send(page: Page, action: string, values: FormValues): Promise<Page | undefined> {
      const names = new Set(elements(page.root).map(({ attributes }) => attributes['name']))
      const known = Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
      const answer = await visitor.submit(page, known, { form: action }).catch((error: unknown) => {
        if (isAway(error)) return undefined
        throw error
      })
      return answer && expected(answer)
    },
  }
}

export type Browser = Awaited<ReturnType<typeof openBrowser>>

/** Whatever breaks around it, the application says what is the matter; an error of its own is one. */
function expected(page: Page): Page {
  if (page.status === 500) throw new Error(`${page.url} answered 500: ${page.text}`)
  return page
}

function isAway(error: unknown): boolean {
  return error instanceof Error && /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|aborted|sign-in of .* failed: 503/.test(error.message)
}

export async function statusOf(db: Db, { campaignId }: Pick<Scene, 'campaignId'>): Promise<string> {
  return (await db.selectFrom('campaign').select('status').where('id', '=', campaignId).executeTakeFirstOrThrow()).status
}

/** From the check page, like a person: what it asks to be typed or ticked is typed and ticked. */
export async function launch(browser: Browser, db: Db, scene: Scene, recipients: number): Promise<void> {
  while ((await statusOf(db, scene)) === 'draft') {
    const page = await browser.get(paths.campaignStep(scene.campaignId, 'check'))
    if (page.url.includes('/check')) await browser.send(page, '/launch', { typed: String(recipients), checked: '1' })
    await wait(200)
  }
}

/** Days of waiting between batches go by at once: those still planned fall due one after the other. */
export async function bringForward(db: Db, { campaignId }: Pick<Scene, 'campaignId'>, everySeconds: number): Promise<void> {
  await sql`
    update batch b set due_at = least(b.due_at, app_now() + make_interval(secs => ${everySeconds} * later.place))
    from (select id, row_number() over (order by no) as place from batch where campaign_id = ${campaignId} and state = 'planned' and due_at > app_now()) later
    where b.id = later.id`.execute(db)
}
