type PersonKind = 'candidate' | 'contact'

/** Every URL of the application. Views and redirects take theirs from here. */
export const paths = {
  home: '/',
  login: '/login',
  logout: '/logout',
  loginCode: '/login/code',
  forgotten: '/login/forgotten',
  reset: (token: string) => `/login/password/${token}`,
  invitation: (token: string) => `/invitation/${token}`,
  account: '/account',
  accountPassword: '/account/password',
  secondFactor: '/account/second-factor',
  secondFactorStep: (step: 'removal' | 'codes') => `/account/second-factor/${step}`,
  accountSession: (id: number) => `/account/sessions/${id}/end`,
  otherSessions: '/account/sessions/end',
  users: '/admin/users',
  newUser: '/admin/users/new',
  user: (id: number) => `/admin/users/${id}`,
  userStep: (id: number, step: 'deactivation' | 'reactivation' | 'invitation' | 'withdrawal' | 'sessions' | 'second-factor') => `/admin/users/${id}/${step}`,
  language: '/language',
  /** What happens, for pages that are open. */
  news: '/news',
  notifications: '/notifications',
  notificationPanel: '/notifications/panel',
  notificationBell: '/notifications/bell',
  notificationSettings: '/account/notifications',
  notificationsReading: '/notifications/reading',
  notificationStep: (id: number, step: 'opening' | 'reading') => `/notifications/${id}/${step}`,
  setup: '/setup',
  sso: '/login/sso',
  ssoReturn: '/login/sso/return',
  ssoSettings: '/admin/sso',
  ssoRemoval: '/admin/sso/removal',
  guide: '/admin/guide',
  help: '/help',
  helpText: (name: string) => `/help/${name}`,
  helpPicture: (file: string) => `/help/images/${file}`,
  candidates: '/candidates',
  candidate: (id: number) => `/candidates/${id}`,
  newPerson: (kind: PersonKind) => `/${kind}s/new`,
  person: (kind: PersonKind, id: number) => `/${kind}s/${id}`,
  personStep: (kind: PersonKind, id: number, step: 'edit' | 'notes' | 'timeline' | 'consent' | 'opt-out' | 'opt-in' | 'availability' | 'periods' | 'main-phone' | 'data' | 'copy' | 'erasure') => `/${kind}s/${id}/${step}`,
  branches: '/admin/branches',
  newBranch: '/admin/branches/new',
  branch: (id: number) => `/admin/branches/${id}`,
  branchArchiving: (id: number) => `/admin/branches/${id}/archiving`,
  imports: '/candidates/import',
  import: (id: number) => `/candidates/import/${id}`,
  importStep: (id: number, step: 'mapping' | 'confirmation' | 'progress' | 'report' | 'discard') => `/candidates/import/${id}/${step}`,
  campaigns: '/campaigns',
  newCampaign: '/campaigns/new',
  campaignRows: '/campaigns/rows',
  sendingResumption: '/campaigns/sending/resumption',
  campaign: (id: number) => `/campaigns/${id}`,
  campaignStep: (
    id: number,
    step: 'check' | 'launch' | 'test' | 'preview' | 'audience' | 'exclusions' | 'recipients' | 'progress' | 'draft' | 'deletion' | 'closing' | 'cancellation' | 'recent' | 'export' | 'page'
      | 'launching' | 'undo' | 'pause' | 'resumption' | 'rescheduling' | 'release' | 'doubts' | 'answers' | 'reminder' | 'reminder-undo' | 'reminding' | 'told',
  ) => `/campaigns/${id}/${step}`,
  campaignJobs: (id: number) => `/campaigns/${id}/jobs`,
  board: '/availability',
  feeds: '/availability/calendars',
  feedRevocation: (id: number) => `/availability/calendars/${id}/revocation`,
  /** What calendar programs read. */
  calendar: (token: string) => `/calendars/${token}.ics`,
  calendarFile: '/calendars/:file',
  /** What a text is read as; and what somebody answers by telephone. */
  reading: (replyId: number) => `/readings/${replyId}`,
  readingDismissal: (replyId: number) => `/readings/${replyId}/dismissal`,
  recipientAnswer: (recipientId: number) => `/recipients/${recipientId}/answer`,
  personAnswers: (kind: PersonKind, id: number) => `/${kind}s/${id}/answers`,
  contacts: '/contacts',
  lists: '/lists',
  newList: '/lists/new',
  list: (id: number) => `/lists/${id}`,
  listArchiving: (id: number) => `/lists/${id}/archiving`,
  /** What is selected goes into a list, or out of the one shown. */
  listAddition: '/lists/addition',
  listRemoval: '/lists/removal',
  searches: '/lists/searches',
  newSearch: '/lists/searches/new',
  search: (id: number) => `/lists/searches/${id}`,
  searchDeletion: (id: number) => `/lists/searches/${id}/deletion`,
  replies: '/replies',
  repliesRead: '/replies/read',
  repliesUnread: '/replies/unread',
  reply: (id: number) => `/replies/${id}`,
  replyStep: (id: number, step: 'read' | 'unread' | 'review' | 'person' | 'answer' | 'opt-out') => `/replies/${id}/${step}`,
  templates: '/templates',
  newTemplate: '/templates/new',
  templateChoices: '/templates/choices',
  templatePreview: '/templates/preview',
  template: (id: number) => `/templates/${id}`,
  templateStep: (id: number, step: 'withdrawal' | 'archiving' | 'unarchiving' | 'copy' | 'versions') => `/templates/${id}/${step}`,
  templateRestoring: (id: number, version: number) => `/templates/${id}/versions/${version}/restoring`,
  senders: '/admin/senders',
  newSender: '/admin/senders/new',
  countries: '/admin/countries',
  limits: '/admin/limits',
  companyIdentity: '/admin/limits/company',
  settingChanges: '/admin/limits/history',
  hours: '/admin/hours',
  hoursZone: '/admin/hours/zone',
  hoursChoice: '/admin/hours/choice',
  /** `all`: every country without hours of its own. */
  hoursOf: (country: string) => `/admin/hours/countries/${country}`,
  hoursRemoval: (country: string) => `/admin/hours/countries/${country}/removal`,
  references: '/admin/references',
  referenceKind: (kind: string) => `/admin/references/${kind}`,
  reference: (kind: string, id: number) => `/admin/references/${kind}/${id}`,
  referenceStep: (kind: string, id: number, step: 'archiving' | 'restoring') => `/admin/references/${kind}/${id}/${step}`,
  jobList: (id: number) => `/admin/references/jobs/${id}/list`,
  referenceImport: (kind: string) => `/admin/references/${kind}/import`,
  codePage: (id: number) => `/admin/references/codes/${id}/page`,
  codePageStep: (id: number, step: 'publication' | 'withdrawal' | 'preview') => `/admin/references/codes/${id}/page/${step}`,
  codePageImage: (id: number, role: 'header' | 'footer') => `/admin/references/codes/${id}/page/images/${role}`,
  webhooks: '/admin/webhooks',
  newWebhook: '/admin/webhooks/new',
  webhook: (id: number) => `/admin/webhooks/${id}`,
  webhookStep: (id: number, step: 'edit' | 'secret' | 'test' | 'pause' | 'resumption' | 'removal' | 'resending') => `/admin/webhooks/${id}/${step}`,
  webhookDelivery: (id: number, delivery: number) => `/admin/webhooks/${id}/deliveries/${delivery}`,
  webhookDeliveryStep: (id: number, delivery: number, step: 'state' | 'resending') => `/admin/webhooks/${id}/deliveries/${delivery}/${step}`,
  branding: '/admin/branding',
  brandingImage: (role: 'header' | 'footer') => `/admin/branding/images/${role}`,
  brandingPreview: '/admin/branding/preview',
  brandingVersions: '/admin/branding/versions',
  brandingRestoring: (version: number) => `/admin/branding/versions/${version}/restoring`,
  mails: '/admin/mail',
  mail: (id: number) => `/admin/mail/${id}`,
  mailStep: (id: number, step: 'html' | 'resending') => `/admin/mail/${id}/${step}`,
  mailTest: '/admin/mail/test',
  apiKeys: '/admin/api-keys',
  newApiKey: '/admin/api-keys/new',
  apiKey: (id: number) => `/admin/api-keys/${id}`,
  apiKeyRevocation: (id: number) => `/admin/api-keys/${id}/revocation`,
  /** For other programs. */
  api: '/api/v1',
  apiDescription: '/api/openapi.json',
  apiDocs: '/api/docs',
  apiDocsOf: (resource: string) => `/api/docs/${resource}`,
  data: '/admin/data',
  journal: '/admin/journal',
  /** The file of a list, from the address of its page. */
  exportOf: (list: string) => `${list}/export`,
  /** Leads to the virtual phones, while the simulator runs. */
  simulator: '/simulator',
  assets: '/assets/',
  statusWebhook: '/webhooks/vonage/status',
  inboundWebhook: '/webhooks/vonage/inbound',
} as const

/** What the router is given for an address with an id. */
export function pattern(address: (id: number) => string): string {
  return address(0).replace('/0', '/:id')
}

/** Pages of one personal link, below the path of LINK_URL; on a host of their own they begin at the root. */
export function linkPaths(linkUrl: string) {
  const base = new URL(linkUrl).pathname.replace(/\/+$/, '')
  return {
    page: (code: string) => `${base}/${code}`,
    answer: (code: string) => `${base}/${code}/answer`,
    stop: (code: string) => `${base}/${code}/stop`,
    availability: (code: string) => `${base}/${code}/availability`,
    statement: (code: string, subject: 'privacy' | 'accessibility') => `${base}/${code}/${subject}`,
    image: (file: string) => `${base}/i/${file}`,
    anything: `${base}/*`,
  }
}

/** `next` after sign-in: a path on this application or nothing, so that no link can send a person elsewhere. */
export function safeNext(next: unknown): string | undefined {
  if (typeof next !== 'string' || !next.startsWith('/') || /[\\\u0000-\u001f]/.test(next)) return undefined
  const url = URL.parse(next, 'http://here.invalid')
  if (url === null || url.origin !== 'http://here.invalid' || url.pathname.startsWith('//')) return undefined
  return /%2f%2f|%5c/i.test(url.pathname) ? undefined : url.pathname + url.search
}
