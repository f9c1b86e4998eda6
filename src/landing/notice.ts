import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../core/problem.ts'
import { asProblem } from '../web/problems.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { neutralLanguage } from './domain.ts'
import { compress, encodingFor, renderNotice, sendBytes } from './page.ts'
import { styleFor } from './style.ts'

export type NoticeModel = { language: Language; css: string; heading: string; text: string }
type Notice = 'unknown' | 'too-many' | 'too-large' | 'bad-request' | 'unavailable' | 'unexpected'

/**
 * A page without any company's name. « Ce lien n'est pas valable » is the same for every cause: unknown, expired, revoked
 * and mistyped links cannot be told apart.
 */
export async function sendNotice(request: FastifyRequest, reply: FastifyReply, notice: Notice, status: number, isSecure: boolean): Promise<FastifyReply> {
  const language = neutralLanguage((request.query as Record<string, unknown> | undefined)?.['lang'], request.headers['accept-language'])
  const encoding = encodingFor(reply)
  const key = `${notice} ${language} ${encoding}`
  const bytes = made.get(key) ?? (await compress(renderNotice(noticeModel(notice, language)), encoding))
  made.set(key, bytes)
  return sendBytes(reply, bytes, encoding, { policy: styleFor().policy, status, isSecure })
}

/** There are few and they never change: guessing must cost us less than the guesser. */
const made = new Map<string, Buffer>()

function noticeModel(notice: Notice, language: Language): NoticeModel {
  const t = translator(language)
  return { language, css: styleFor().css, heading: t(`landing.notice.${notice}.heading`), text: t(`landing.notice.${notice}.text`) }
}

/** What goes wrong on a link is told in the page's own plain way. */
export function noticeForErrors(isSecure: boolean) {
  return async (error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const problem = asProblem(error)
    if (problem.statusCode >= 500) request.log.error({ err: problem.cause ?? problem }, 'landing page failed')
    if (problem.kind === 'too-many') reply.header('retry-after', problem.detail['seconds'] ?? 60)
    if (problem.kind === 'unavailable') reply.header('retry-after', 30)
    return sendNotice(request, reply, noticeFor(problem), problem.statusCode, isSecure)
  }
}

function noticeFor({ kind, statusCode }: Problem): Notice {
  if (kind === 'not-found') return 'unknown'
  if (kind === 'too-many' || kind === 'too-large' || kind === 'unavailable') return kind
  return statusCode < 500 ? 'bad-request' : 'unexpected'
}
