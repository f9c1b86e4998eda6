import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, languageOf, redirect, render } from '../web/render.ts'
import { hashToken } from '../web/secrets.ts'
import { translator } from '../words/index.ts'
import { acceptInvitation } from './invitations.commands.ts'
import { passwordFaults } from './password.domain.ts'
import { askReset, resetPassword } from './resets.commands.ts'
import { findUserByEmail } from './queries.ts'
import { endSession } from './sessions.queries.ts'
import { beginSession } from './sign-in.ts'
import { findLinkOwner, type LinkOwner, type TokenKind } from './tokens.queries.ts'
import { forgottenForm, passwordForm, tokenParams } from './users.input.ts'

type Problem = { field: string; text: string }
export type ForgottenModel = { action: string; loginUrl: string; email: string; isAsked: boolean; problems: Problem[] }
/** `other`: somebody else is signed in here, and what becomes of that. */
export type NewPasswordModel = { action: string; email: string; intro: string; other: string; submit: string; problems: Problem[] }
export type DeadLinkModel = { loginUrl: string; forgottenUrl: string; advice: string[] }
type Asked = { Params: { token: string } }

declare module '../web/render.ts' {
  interface ViewModels {
    'auth/forgotten': ForgottenModel
    'auth/password': NewPasswordModel
    'auth/link': DeadLinkModel
  }
}

const open = { config: { public: true } } as const

/** Links that let somebody choose a password: into an account that waits for them, or back into one. */
export async function linkRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.forgotten, open, (request, reply) => showForgotten(request, reply, { email: '', isAsked: false, problems: [] }))

  app.post(paths.forgotten, open, async (request, reply) => {
    const { email } = forgottenForm.parse(request.body ?? {})
    if (!email.includes('@')) return showForgotten(request, reply, { email, isAsked: false, problems: [{ field: 'email', text: translator(languageOf(request))('auth.emailMissing') }] }, 422)
    await askReset(deps, email, request.ip)
    return showForgotten(request, reply, { email, isAsked: true, problems: [] })
  })

  // Robots open links: looking at one never uses it.
  app.get<Asked>(paths.invitation(':token'), open, async (request, reply) => {
    const owner = await ownerOf(deps, 'invitation', request)
    return owner ? showPassword(request, reply, 'invitation', owner) : showDead(request, reply, 'invitation')
  })

  app.post<Asked>(paths.invitation(':token'), open, async (request, reply) => {
    const chosen = await choose(deps, 'invitation', request, reply)
    if (chosen === undefined) return reply
    const joined = await acceptInvitation(deps, chosen.token, chosen.password)
    if (!joined) return showDead(request, reply, 'invitation')
    // Their company wants them to come through its provider, the first time too.
    if ((await findUserByEmail(deps.db, chosen.owner.email))?.is_sent_elsewhere) {
      flash(request, 'ok', translator(chosen.owner.language)('sso.only'))
      return redirect(reply, paths.login)
    }
    await beginSession(deps, request, joined.userId, 'invitation')
    flash(request, 'ok', translator(chosen.owner.language)('auth.invitation.welcome', { name: chosen.owner.name }))
    return redirect(reply, paths.home)
  })

  app.get<Asked>(paths.reset(':token'), open, async (request, reply) => {
    const owner = await ownerOf(deps, 'reset', request)
    return owner ? showPassword(request, reply, 'reset', owner) : showDead(request, reply, 'reset')
  })

  app.post<Asked>(paths.reset(':token'), open, async (request, reply) => {
    const chosen = await choose(deps, 'reset', request, reply)
    if (chosen === undefined) return reply
    if (!(await resetPassword(deps, chosen.token, chosen.password))) return showDead(request, reply, 'reset')
    // Whoever was signed in here, as somebody else perhaps, is not any more.
    const { viewer, session } = request
    if (viewer && session.userSessionId !== undefined) await endSession(deps.db, viewer.scope, viewer.userId, session.userSessionId)
    await session.regenerate()
    request.session.language = chosen.owner.language
    flash(request, 'ok', translator(chosen.owner.language)('auth.reset.done'))
    return redirect(reply, paths.login)
  })
}

/** The password somebody chose by a link that works; undefined once they have been answered otherwise. */
async function choose(deps: Deps, kind: TokenKind, request: FastifyRequest, reply: FastifyReply): Promise<{ token: string; password: string; owner: LinkOwner } | undefined> {
  const owner = await ownerOf(deps, kind, request)
  if (!owner) {
    await showDead(request, reply, kind)
    return undefined
  }
  const { password } = passwordForm.parse(request.body ?? {})
  const language = owner.language
  const faults = password === '' ? [translator(language)('auth.passwordMissing')] : passwordFaults(language, password, [owner.name, owner.email, owner.companyName])
  if (faults.length > 0) {
    await showPassword(request, reply, kind, owner, faults.map((text) => ({ field: 'password', text })))
    return undefined
  }
  return { token: tokenOf(request) as string, password, owner }
}

async function ownerOf(deps: Deps, kind: TokenKind, request: FastifyRequest): Promise<LinkOwner | undefined> {
  const token = tokenOf(request)
  return token === undefined ? undefined : findLinkOwner(deps.db, kind, hashToken(token))
}

function tokenOf(request: FastifyRequest): string | undefined {
  return tokenParams.safeParse(request.params).data?.token
}

function showForgotten(request: FastifyRequest, reply: FastifyReply, given: Pick<ForgottenModel, 'email' | 'isAsked' | 'problems'>, status = 200): Promise<FastifyReply> {
  return render(reply, 'auth/forgotten', { action: paths.forgotten, loginUrl: paths.login, ...given }, { title: translator(languageOf(request))('auth.forgotten'), status })
}

function showPassword(request: FastifyRequest, reply: FastifyReply, kind: TokenKind, owner: LinkOwner, problems: Problem[] = []): Promise<FastifyReply> {
  const t = translator(owner.language)
  const isOther = request.viewer !== undefined && request.viewer.userId !== owner.userId
  const other = isOther ? t('auth.otherSession', { name: request.viewer?.name ?? '' }) : ''
  const model = { action: request.url.split('?')[0] ?? '', email: owner.email, intro: t(`auth.${kind}.intro`, { name: owner.name, company: owner.companyName }), other, submit: t(`auth.${kind}.submit`), problems }
  return render(reply, 'auth/password', model, { title: t(`auth.${kind}.title`), language: owner.language, status: problems.length > 0 ? 422 : 200 })
}

function showDead(request: FastifyRequest, reply: FastifyReply, kind: TokenKind): Promise<FastifyReply> {
  const t = translator(languageOf(request))
  const advice = [t('auth.deadLink.joined'), t(kind === 'invitation' ? 'auth.deadLink.invitation' : 'auth.deadLink.reset')]
  return render(reply, 'auth/link', { loginUrl: paths.login, forgottenUrl: kind === 'reset' ? paths.forgotten : '', advice }, { title: t('auth.deadLink.title'), status: 410 })
}
