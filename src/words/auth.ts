import { defineWords } from './define.ts'

export const auth = defineWords({
  fr: {
    title: 'Se connecter',
    intro: 'Demandez à vos candidats s’ils sont disponibles, et retrouvez la réponse dans leur fiche.',
    email: 'Adresse e-mail',
    password: 'Mot de passe',
    submit: 'Se connecter',
    refused: 'L’adresse e-mail ou le mot de passe ne convient pas.',
    emailMissing: 'Saisissez votre adresse e-mail',
    passwordMissing: 'Saisissez votre mot de passe',
    signedOut: 'Vous êtes déconnecté.',
  },
  en: {
    title: 'Sign in',
    intro: 'Ask your candidates whether they are available, and find the answer in their record.',
    email: 'E-mail address',
    password: 'Password',
    submit: 'Sign in',
    refused: 'The e-mail address or the password is not right.',
    emailMissing: 'Enter your e-mail address',
    passwordMissing: 'Enter your password',
    signedOut: 'You are signed out.',
  },
})
