import { ACCOUNT_REFUSED, COPIED, UNANSWERED } from '../messaging/domain.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'

/** Nothing leaves at all, whatever the state of a campaign: said on every campaign page, with a way out for who may take it. */
export type SuspensionModel = { text: string; detail: string; resume: { action: string; label: string } | undefined }

export function suspensionModel(viewer: Viewer, account: { suspended_at: Date | null; suspended_reason: string | null }): SuspensionModel | undefined {
  if (!account.suspended_at) return undefined
  const t = translator(viewer.language)
  const reason = account.suspended_reason ?? ''
  const mayResume = viewer.privileges.has('campaigns.release')
  return {
    text: t(textOf(reason)),
    // What the provider said, for the person who will mend it.
    detail: mayResume ? reason.replace(/^[^:]*:?\s*/, '') : t('campaigns.suspension.ask'),
    resume: mayResume ? { action: paths.sendingResumption, label: t('campaigns.suspension.resume') } : undefined,
  }
}

function textOf(reason: string) {
  if (reason.startsWith(ACCOUNT_REFUSED)) return 'campaigns.suspension.refused'
  if (reason.startsWith(UNANSWERED)) return 'campaigns.suspension.unanswered'
  return reason.startsWith(COPIED) ? 'campaigns.suspension.copied' : 'campaigns.suspension.restored'
}
