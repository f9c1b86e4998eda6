/** *simple* asks yes or no; *availability* also asks for dates (S57). */
export const CAMPAIGN_KINDS = ['simple', 'availability'] as const
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number]

export const TEMPLATE_KINDS = [...CAMPAIGN_KINDS, 'auto_response'] as const
export type TemplateKind = (typeof TEMPLATE_KINDS)[number]
