import type pg from 'pg'

/** Every kind of page of the product by its name, with addresses for the records there are. */
export async function pagesOf(pool: pg.Pool, companyId: number): Promise<Record<string, string>> {
  const id = async (text: string) => (await pool.query<{ id: number }>(text, [companyId])).rows[0]?.id ?? 0
  // Among the newest, so that every size has one of the same age and about the same size.
  const over = await id(`select c.id from campaign c join volume.plan p on p.n = c.id where c.company_id = $1 and c.status = 'completed' and p.size between 20 and 2000 order by c.id desc limit 1`)
  const running = await id(`select max(id) as id from campaign where company_id = $1 and status = 'in_process'`)
  const draft = await id(`select max(id) as id from campaign where company_id = $1 and status = 'draft'`)
  const person = await id(`select r.candidate_id as id from recipient r join answer a on a.recipient_id = r.id where r.company_id = $1 order by r.id desc limit 1`)
  const reply = await id(`select max(id) as id from reply where company_id = $1`)
  const [small, large] = (await pool.query<{ id: number }>(`select id from talent_list where company_id = $1 order by id limit 2`, [companyId])).rows.map((row) => row.id)
  const { rows: [link] } = await pool.query<{ code: string }>(`
    select r.code from recipient r join message m on m.recipient_id = r.id where r.company_id = $1 and r.campaign_id = $2 and m.state = 'delivered' limit 1`, [companyId, running])
  return {
    'page of a link': `/r/${link?.code}`,
    'candidates': '/candidates',
    'candidates, a name': '/candidates?q=kabongo',
    'candidates, a trade in a town': '/candidates?trade=Ma%C3%A7on&town=Lyon',
    'candidates, 30 km around a town': '/candidates?town=Lyon&radius=30',
    'candidates, a small list': `/candidates?list=${small}`,
    'candidates, a large list': `/candidates?list=${large}`,
    'candidates who can be texted': '/candidates?textable=yes',
    'contacts': '/contacts',
    'who is free': '/availability',
    'record': `/candidates/${person}`,
    'history of a record': `/candidates/${person}/timeline`,
    'lists': '/lists',
    'campaigns': '/campaigns',
    'all campaigns': '/campaigns?tab=all',
    'campaigns by name': '/campaigns?tab=all&sort=name',
    'campaigns, a word': '/campaigns?tab=all&q=grenoble',
    'campaign under way': `/campaigns/${running}`,
    'campaign that is over': `/campaigns/${over}`,
    'who got the text of a campaign': `/campaigns/${over}?show=delivered`,
    'draft': `/campaigns/${draft}`,
    'replies': '/replies',
    'replies, a word': '/replies?tab=all&q=demain',
    'reply': `/replies/${reply}`,
    'templates': '/templates',
    'notifications': '/notifications',
    'journal': '/admin/journal',
    'mails': '/admin/mail',
    'users': '/admin/users',
    'data': '/admin/data',
    'jobs': '/admin/references/jobs',
  }
}
