import { defineWords } from './define.ts'

export const notifications = defineWords({
  fr: {
    title: 'Notifications',
  },
  en: {
    title: 'Notifications',
  },
})
