import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { queueTestMail, resendMail } from './commands.ts'
import { isLive, maskLink, openContent } from './content.ts'
import { deliverMail } from './delivery.commands.ts'
import type { Content } from './domain.ts'
import { mailColumns } from './export.views.ts'
import { listQuery } from './input.ts'
import { LETTER_POLICY, writeLetter } from './letter.ts'
import { findMail, listMails, type MailRow } from './queries.ts'
import { MAILS_PER_PAGE, mailListModel, mailModel } from './views.ts'

type IdRoute = { Params: { id: string } }
const MANAGE = { config: { privilege: 'users.manage' } } as const

/** « E-mails »: what the product wrote to people of the company, and what became of it. */
export async function mailRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.mails, MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const query = listQuery.parse(request.query)
    const rows = await listMails(deps.db, viewer.scope, query, MAILS_PER_PAGE + 1)
    return render(reply, 'mail/index', mailListModel(viewer, { query, rows, hasServer: deps.config.mail !== undefined }), { title: translator(viewer.language)('mail.title'), section: 'administration' })
  })

  app.get(paths.exportOf(paths.mails), MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const query = listQuery.parse(request.query)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.mails'),
      columns: mailColumns(viewer),
      next: (last, limit) => listMails(deps.db, viewer.scope, { ...query, before: last?.id }, limit),
      perPage: 200,
      personal: { list: 'mails' },
    })
  })

  app.post(paths.mailTest, MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const id = await queueTestMail(deps, viewer)
    // Whoever asks waits for the answer; if a worker was faster, its page tells.
    await deliverMail(deps, id)
    return redirect(reply, paths.mail(id))
  })

  app.get<IdRoute>(pattern(paths.mail), MANAGE, async (request, reply) => show(deps, request, reply, await mailOf(deps, request)))

  app.get<IdRoute>(pattern((id) => paths.mailStep(id, 'html')), MANAGE, async (request, reply) => {
    // The link can be read on the page around it, which writes down who looked.
    const { html } = letterOf(deps, await mailOf(deps, request), maskLink) ?? {}
    if (html === undefined) throw notFound('content of the mail')
    return reply.header('content-security-policy', LETTER_POLICY).header('cache-control', 'no-store').header('x-robots-tag', 'noindex').type('text/html; charset=utf-8').send(html)
  })

  app.post<IdRoute>(pattern((id) => paths.mailStep(id, 'resending')), MANAGE, async (request, reply) => {
    const mail = await mailOf(deps, request)
    const result = await resendMail(deps, viewerOf(request), mail.id)
    if (!result.ok) {
      if (result.reason === 'gone') throw notFound('mail')
      const t = translator(viewerOf(request).language)
      return show(deps, request, reply, await mailOf(deps, request), { status: 409, flash: { kind: 'error', text: t(result.reason === 'no-server' ? 'mail.noServer' : 'mail.movedOn') } })
    }
    flash(request, 'ok', translator(viewerOf(request).language)('mail.resendingAsked'))
    return redirect(reply, paths.mail(mail.id))
  })
}

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, mail: MailRow, more: { status?: number; flash?: { kind: 'error'; text: string } } = {}): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const content = openContent(deps.config.secretKey, mail.sealed_letter)
  if (content && isLive(content) && mail.to_address !== viewer.email) await recordInJournal(deps.db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'mail.opened', subjectKind: 'mail', subjectId: mail.id })
  const text = letterOf(deps, mail)?.text
  return render(reply, 'mail/show', mailModel(viewer, { mail, content, text, hasServer: deps.config.mail !== undefined }), { title: mail.subject, section: 'administration', ...more })
}

function letterOf(deps: Deps, mail: MailRow, change: (content: Content) => Content = (content) => content) {
  const content = openContent(deps.config.secretKey, mail.sealed_letter)
  return content && writeLetter({ language: mail.language, subject: mail.subject, senderName: mail.sender_name, content: change(content) })
}

async function mailOf(deps: Deps, request: FastifyRequest): Promise<MailRow> {
  const params = idParams.safeParse(request.params)
  const mail = params.success ? await findMail(deps.db, viewerOf(request).scope, params.data.id) : undefined
  if (!mail) throw notFound('mail')
  return mail
}
