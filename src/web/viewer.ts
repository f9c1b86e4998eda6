import type { FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Language } from '../words/define.ts'
import type { Privilege } from './privileges.ts'

/** The signed-in person a request comes from. */
export type Viewer = {
  scope: CompanyScope
  userId: number
  name: string
  email: string
  language: Language
  mobile: string | null
  company: { name: string; timeZone: string; language: Language; country: string; canSendSms: boolean }
  privileges: ReadonlySet<Privilege>
  /** Texts that nobody of the company has read, counted to a hundred; only where a page is asked for. */
  unreadReplies?: number
}

/** The bell says « 99+ » from here on. */
export const UNREAD_COUNTED = 100

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes and before sign-in. */
    viewer: Viewer | undefined
    /** How many notifications this person has not read; beyond `UNREAD_COUNTED` nobody counts. */
    unread: number
  }
}

/** On a route that asks for a privilege there is always somebody. */
export function viewerOf(request: FastifyRequest): Viewer {
  if (!request.viewer) throw new Problem('sign-in')
  return request.viewer
}
