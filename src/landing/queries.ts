import { sql } from 'kysely'
import type pg from 'pg'
import type { AnswerChoice } from '../availability/domain.ts'
import type { CampaignKind } from '../campaigns/domain.ts'
import type { Kind } from '../candidates/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'

/** Everything a personal page needs to know, read anew at every request: nobody may see a stale answer. */
export type InvitationRow = {
  code: string | null
  company_id: number
  company_name: string
  town: string | null
  phone: string | null
  opening_hours: string | null
  country: string
  time_zone: string
  company_language: Language
  branding_version: number
  /** The campaign code whose published page stands in for the company's words and pictures, and which state of it. */
  campaign_code_id: number | null
  code_version: number | null
  /** Of a link that is the same for everybody: what it stands for, and the address it leads to; none for the page of a code. */
  target_field: string | null
  target_url: string | null
  settings: { name: string; value: unknown }[] | null
  campaign_id: number | null
  kind: CampaignKind | null
  question: string | null
  is_open: boolean | null
  closed_at: Date | null
  recruiter_name: string | null
  /** Null in a preview. */
  recipient_id: number | null
  e164: string | null
  first_name: string | null
  candidate_language: string | null
  candidate_kind: Kind | null
  candidate_availability: string | null
  candidate_from: string | null
  registered_on: string | null
  version: number | null
  choice: AnswerChoice | null
  available_from: string | null
  available_until: string | null
  comment: string | null
  answered_at: Date | null
  opted_out_at: Date | null
  opt_out_source: string | null
  now: Date
}

const PARTS = sql`
  select s.code, co.id as company_id, co.name as company_name, co.town, co.phone, co.opening_hours, co.country, co.time_zone, co.language as company_language,
    coalesce(b.version, 0) as branding_version, cc.id as campaign_code_id, cc.version as code_version, s.target_field, s.target_url,
    (select jsonb_agg(jsonb_build_object('name', cs.name, 'value', cs.value)) from company_setting cs where cs.company_id = co.id and cs.name like 'landing.%') as settings,
    c.id as campaign_id, coalesce(c.kind, s.kind) as kind, c.question, ${takesAnswers} as is_open, coalesce(c.closed_at, c.finished_at, c.closes_at) as closed_at, u.name as recruiter_name,
    s.recipient_id, s.e164, k.first_name, k.language as candidate_language, k.kind as candidate_kind, k.availability as candidate_availability, k.available_from as candidate_from, k.registered_on,
    a.version, a.choice, a.available_from, a.available_until, a.comment, a.answered_at,
    n.opted_out_at, n.opt_out_source, app_now() as now`

const JOINS = sql`
  join company co on co.id = s.company_id and co.disabled_at is null
  left join branding b on b.company_id = co.id
  left join campaign c on c.company_id = co.id and c.id = s.campaign_id
  left join campaign_code cc on cc.company_id = co.id and cc.id = coalesce(s.shown_code_id, s.target_code_id, c.campaign_code_id) and (cc.published_at is not null or s.shown_code_id is not null)
  left join app_user u on u.company_id = co.id and u.id = coalesce(c.created_by, s.user_id)
  left join answer a on a.recipient_id = s.recipient_id and a.company_id = s.company_id
  left join candidate k on k.company_id = s.company_id and k.id = s.candidate_id
  left join phone n on n.company_id = s.company_id and n.e164 = s.e164`

/** Unknown, expired and revoked codes are the same: no row. */
const LIVE = sql`join short_link l on l.code = asked.code and l.revoked_at is null and (l.expires_at is null or l.expires_at > app_now())`

/** The links of recipients: nearly all that are opened, so this statement asks for nothing that only the others need. */
function byCodes(codes: readonly string[]) {
  return sql`${PARTS}
    from (
      select l.code, l.company_id, r.campaign_id, r.id as recipient_id, r.candidate_id, r.e164, null::text as kind, null::bigint as user_id,
        null::text as target_field, null::text as target_url, null::bigint as target_code_id, null::bigint as shown_code_id
      from unnest(${codes}::text[]) as asked (code)
      ${LIVE}
      join recipient r on r.company_id = l.company_id and r.code = l.code
    ) s ${JOINS}`
}

/** Nobody's links: of a test SMS, which has a campaign, of a template's test, which has none, and those that are the same for all of a campaign. */
function byCodesOfNobody(codes: readonly string[]) {
  return sql`${PARTS}
    from (
      select l.code, l.company_id, coalesce(t.campaign_id, x.campaign_id) as campaign_id, null::bigint as recipient_id, null::bigint as candidate_id, null::text as e164, p.kind, p.user_id,
        x.field as target_field, x.url as target_url, x.campaign_code_id as target_code_id, null::bigint as shown_code_id
      from unnest(${codes}::text[]) as asked (code)
      ${LIVE}
      left join campaign_test_link t on t.company_id = l.company_id and t.code = l.code
      left join template_test_link p on p.company_id = l.company_id and p.code = l.code
      left join link_target x on x.company_id = l.company_id and x.code = l.code
      where coalesce(t.campaign_id, x.campaign_id) is not null or p.code is not null
    ) s ${JOINS}`
}

/** More than this start another statement. */
const MOST_TOGETHER = 100
/** While these are on their way the next gather: the more of them share a statement, the less each costs. */
const MOST_STATEMENTS = 2

type Waiting = { resolve: (row: InvitationRow | undefined) => void; reject: (error: unknown) => void }

/**
 * Looks links up. Requests of the same moment share one prepared statement: under load that is three times as many
 * pages a second as a query each, and alone a request waits for nothing but the next turn of the loop. Every row is read
 * after its request came in.
 */
export function createInvitationLookup({ db, pool }: Pick<Deps, 'db' | 'pool'>): (code: string) => Promise<InvitationRow | undefined> {
  const statements = { personal: byCodes([]).compile(db).sql, nobodys: byCodesOfNobody([]).compile(db).sql }
  let waiting = new Map<string, Waiting[]>()
  let looking = 0
  let isDue = false

  function flush(): void {
    isDue = false
    while (waiting.size > 0 && looking < MOST_STATEMENTS) {
      const turn = new Map([...waiting].slice(0, MOST_TOGETHER))
      if (turn.size === waiting.size) waiting = new Map()
      else for (const code of turn.keys()) waiting.delete(code)
      looking += 1
      void look(pool, statements, [...turn.keys()], turn).finally(() => {
        looking -= 1
        flush()
      })
    }
  }

  return (code) =>
    new Promise((resolve, reject) => {
      const others = waiting.get(code)
      if (others) others.push({ resolve, reject })
      else waiting.set(code, [{ resolve, reject }])
      if (isDue || looking >= MOST_STATEMENTS) return
      isDue = true
      setImmediate(flush)
    })
}

type Statements = { personal: string; nobodys: string }

async function look(pool: pg.Pool, { personal, nobodys }: Statements, codes: string[], turn: ReadonlyMap<string, Waiting[]>): Promise<void> {
  try {
    const found = await rowsFor(pool, { name: 'landing-invitations', text: personal }, codes)
    const rest = codes.filter((code) => !found.has(code))
    const others = rest.length > 0 ? await rowsFor(pool, { name: 'landing-other-links', text: nobodys }, rest) : found
    for (const code of codes) turn.get(code)?.forEach(({ resolve }) => resolve(found.get(code) ?? others.get(code)))
  } catch (error) {
    for (const code of codes) turn.get(code)?.forEach(({ reject }) => reject(error))
  }
}

async function rowsFor(pool: pg.Pool, statement: { name: string; text: string }, codes: string[]): Promise<Map<string | null, InvitationRow>> {
  const { rows } = await pool.query<InvitationRow>({ ...statement, values: [codes] })
  return new Map(rows.map((row) => [row.code, row]))
}

/** The same facts without a recipient, for previews; `campaignId` null: of the company alone. `codeId`: with the page of this campaign code, published or not. */
export async function findPreview(db: Db, scope: CompanyScope, campaignId: number | null, codeId: number | null = null): Promise<InvitationRow | undefined> {
  const query = sql<InvitationRow>`${PARTS}
    from (select null::text as code, ${scope.companyId}::bigint as company_id, ${campaignId}::bigint as campaign_id, null::bigint as recipient_id, null::bigint as candidate_id, null::text as e164, null::text as kind, null::bigint as user_id,
      null::text as target_field, null::text as target_url, null::bigint as target_code_id, ${codeId}::bigint as shown_code_id) s ${JOINS}
    where (${campaignId}::bigint is null or c.id is not null) and (${codeId}::bigint is null or cc.id is not null)`
  const { rows } = await query.execute(db)
  return rows[0]
}

