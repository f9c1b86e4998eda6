import { readerOf } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import type { Delay, LaunchingModel } from './launching.views.ts'
import type { ReminderAsked } from './reminding.queries.ts'

/** A reminder that a worker makes, in the place of a launch. */
export function remindingModel(viewer: Viewer, asked: Pick<ReminderAsked, 'campaign_id' | 'written' | 'people'>, delay: Delay): LaunchingModel {
  const { t, language } = readerOf(viewer)
  const action = paths.campaignStep(asked.campaign_id, 'reminding')
  return {
    url: action, label: t('reminders.preparing.title'),
    text: asked.written > 0 ? t('launching.progress', { written: wholeNumber(language, asked.written), recipients: wholeNumber(language, asked.people) }) : t('launching.starting'),
    bar: asked.written > 0 ? { value: asked.written, max: asked.people } : undefined,
    late: delay && {
      text: t(delay === 'no_worker' ? 'launching.late.noWorker' : 'launching.late.queued'), detail: t(delay === 'no_worker' ? 'launching.late.noWorkerText' : 'launching.late.queuedText'),
      withdraw: viewer.privileges.has('campaigns.manage') ? { action, label: t('reminders.preparing.withdraw') } : undefined,
    },
  }
}
