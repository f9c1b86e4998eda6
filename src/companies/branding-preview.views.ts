import { LANGUAGES } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { PREVIEW_SCHEMES, PREVIEW_VIEWS, type PreviewLook } from './branding.input.ts'

type Choice = { name: string; legend: string; layout: 'inline'; options: { value: string; label: string; isChecked: boolean }[] }

/** The candidate's page in a phone, and how to look at it: `/admin/_branding-preview`. */
export type PreviewModel = { url: string; frameUrl: string; choices: Choice[]; version: number | null; weight: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/_branding-preview': { preview: PreviewModel }
  }
}

export type PreviewState = {
  look: PreviewLook
  /** Another address for another state of the draft, so that a browser loads the frame again. */
  stamp: number
  /** A published version; null: the draft. */
  version: number | null
  weight: { bytes: number; footerBytes: number; seconds: number } | undefined
}

export function previewModel({ language }: Viewer, { look, stamp, version, weight }: PreviewState): PreviewModel {
  const t = translator(language)
  const asked = { ...look, ...(version === null ? { stamp: String(stamp) } : { version: String(version) }) }
  return {
    url: paths.brandingPreview, frameUrl: `${paths.brandingPreview}?${new URLSearchParams(asked)}`, version,
    choices: [
      { name: 'view', legend: t('companies.branding.preview.view'), layout: 'inline', options: PREVIEW_VIEWS.map((value) => ({ value, label: t(`companies.branding.preview.view.${value}`), isChecked: value === look.view })) },
      { name: 'lang', legend: t('companies.branding.preview.language'), layout: 'inline', options: LANGUAGES.map((value) => ({ value, label: t(`companies.language.${value}`), isChecked: value === look.lang })) },
      { name: 'scheme', legend: t('companies.branding.preview.scheme'), layout: 'inline', options: PREVIEW_SCHEMES.map((value) => ({ value, label: t(`companies.branding.preview.scheme.${value}`), isChecked: value === look.scheme })) },
    ],
    weight: weight ? t('companies.branding.weight', { kilobytes: kilobytes(weight.bytes), footer: kilobytes(weight.footerBytes), seconds: Math.round(weight.seconds * 10) / 10 }) : '',
  }
}

/** With one decimal, rounded up. */
function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 102.4) / 10
}
