import { randomUUID } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, type ProblemKind } from '../core/problem.ts'
import { translator } from '../words/index.ts'
import { paths } from './paths.ts'
import type { Privilege } from './privileges.ts'
import { languageOf, redirect, render } from './render.ts'

/** One place where errors become pages: the sentence for the person, the chain for the log. */
export function registerProblems(app: FastifyInstance): void {
  app.setNotFoundHandler(async (request, reply) => showProblem(request, reply, new Problem('not-found')))
  app.setErrorHandler(async (error: FastifyError | Problem, request, reply) => showProblem(request, reply, asProblem(error)))
}

/** Errors of libraries, in our words. Anything unknown is unexpected. */
export function asProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  if (error.code === 'FST_CSRF_INVALID_TOKEN' || error.code === 'FST_CSRF_MISSING_SECRET') return new Problem('forbidden', { what: 'form' }, { cause: error })
  // Connection refused or lost, server starting or stopping, too many connections (PostgreSQL classes 08, 53, 57); a
  // deadlock or a lock waited for too long (40001, 40P01, 55P03): rolled back whole, so trying again is safe.
  if (/^(ECONNREFUSED|ECONNRESET|ENOENT|08...|53...|57...|40001|40P01|55P03)$/.test(String(error.code)) || /timeout exceeded when trying to connect|Connection terminated/.test(error.message)) {
    return new Problem('unavailable', {}, { cause: error })
  }
  // A form with files that breaks off or says nowhere where its parts begin: the reader's errors carry no status.
  if (/^(Multipart: Boundary not found|Unexpected end of multipart data|Part terminated early)/.test(error.message)) return new Problem('bad-request', {}, { cause: error })
  const byStatus: Partial<Record<number, ProblemKind>> = { 400: 'bad-request', 404: 'not-found', 413: 'too-large', 415: 'unsupported-media', 429: 'too-many', 503: 'unavailable' }
  return new Problem(byStatus[error.statusCode ?? 500] ?? 'unexpected', {}, { cause: error })
}

async function showProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): Promise<FastifyReply> {
  const reference = randomUUID().slice(0, 8)
  if (problem.statusCode >= 500) request.log.error({ err: problem.cause ?? problem, reference }, 'request failed')

  if (problem.kind === 'sign-in' && wantsHtml(request)) {
    const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : ''
    return redirect(reply, `${paths.login}${next}`)
  }
  if (problem.kind === 'too-many') reply.header('retry-after', problem.detail['seconds'] ?? 60)
  if (problem.kind === 'unavailable') reply.header('retry-after', 30)
  reply.status(problem.statusCode)
  if (!wantsHtml(request)) {
    return reply.type('application/problem+json').send({ type: 'about:blank', title: problem.kind, status: problem.statusCode, ...problem.detail, reference })
  }
  const t = translator(languageOf(request))
  const { privilege } = problem.detail
  const words = problem.kind === 'forbidden' && privilege === undefined ? 'form' : problem.kind
  const detail = privilege === undefined ? problem.detail : { ...problem.detail, privilege: t(`privileges.${privilege as Privilege}`) }
  const heading = t(`problems.${words}.heading`)
  return render(
    reply,
    'errors/problem',
    { heading, explanation: t(`problems.${words}.explanation`, detail), hint: t(`problems.${words}.hint`), reference: problem.statusCode >= 500 ? reference : '', home: paths.home },
    { title: heading, status: problem.statusCode },
  )
}

function wantsHtml(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? ''
  return accept.includes('text/html') || accept === '' || accept === '*/*'
}
