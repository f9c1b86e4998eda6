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
    'passwordFault.short': 'Le mot de passe a au moins 12 caractères',
    'passwordFault.long': 'Le mot de passe a au plus 200 caractères',
    'passwordFault.guessable': 'Ce mot de passe se devine trop vite : ajoutez des mots à vous',
    'passwordFault.personal': 'Ce mot de passe tient trop à votre nom, votre adresse ou votre agence : ajoutez d’autres mots',
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
    'passwordFault.short': 'The password has at least 12 characters',
    'passwordFault.long': 'The password has at most 200 characters',
    'passwordFault.guessable': 'This password is guessed too quickly: add words of your own',
    'passwordFault.personal': 'This password is too close to your name, your address or your agency: add other words',
  },
})
