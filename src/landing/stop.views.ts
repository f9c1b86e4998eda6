import { lastDigits } from '../sms/phone.ts'
import { translator } from '../words/index.ts'
import { STOP_UNDO_HOURS } from './domain.ts'
import { frameModel, type FrameModel, type PageContext } from './frame.views.ts'

export type StopModel = FrameModel & {
  text: string
  limits: string
  notice: string
  action: string
  method: 'post' | 'get'
  hidden: { name: string; value: string }[]
  /** Empty: nothing to press. */
  submit: string
  isDone: boolean
  hint: string
  backUrl: string
  backLabel: string
}

/** In a preview there is no number; these are the digits of one that can never reach anyone. */
const EXAMPLE_DIGITS = '0056'

/** « Ne plus recevoir ces SMS ? », or what came of it (S8). Only the last two digits are shown: the phone may have a new owner. */
export function stopModel(context: PageContext, state: { isStopped: boolean; notice: boolean; hidden: StopModel['hidden'] }): StopModel {
  const { row, brand, links } = context
  const t = translator(context.language)
  const told = { digits: (row.e164 ? lastDigits(row.e164) : EXAMPLE_DIGITS).slice(-2), agency: brand.displayName }
  const { isStopped } = state
  const undo = isStopped && mayUndo(context)
  return {
    ...frameModel(context, t(isStopped ? 'landing.stoppedHeading' : 'landing.stopHeading'), state.notice),
    text: t(isStopped ? 'landing.stopped' : 'landing.stopAsk', told), limits: t('landing.stopLimits'),
    notice: state.notice ? t('landing.stopExpired') : '',
    action: links.stop, method: links.method,
    hidden: [...state.hidden, ...(isStopped ? [{ name: 'undo', value: '1' }] : [])],
    submit: isStopped ? (undo ? t('landing.stopUndo') : '') : t('landing.stopYes'),
    isDone: isStopped,
    hint: isStopped ? t(undo ? 'landing.stopUndoHint' : 'landing.stopUndoLater') : '',
    backUrl: links.page, backLabel: t(isStopped ? 'landing.back' : 'landing.stopNo'),
  }
}

/** Only what was tapped here can be taken back here, and for a day: a STOP that was texted stands. */
export function mayUndo({ row, isPreview }: Pick<PageContext, 'row' | 'isPreview'>): boolean {
  if (isPreview) return true
  return row.opted_out_at !== null && row.opt_out_source === 'page' && row.now.getTime() - row.opted_out_at.getTime() < STOP_UNDO_HOURS * 3_600_000
}
