import { defineWords } from './define.ts'

export const mail = defineWords({
  fr: {
    'letter.hello': 'Bonjour,',
    'letter.helloName': 'Bonjour {name},',
    'letter.copy': 'Si le bouton ne s’ouvre pas, copiez cette adresse dans votre navigateur :',
    'letter.forgotten': '{label} : le lien n’est plus conservé depuis le départ de l’e-mail.',
    'letter.foot': 'E-mail automatique de {sender}, envoyé par Dispo. Les réponses ne sont pas lues.',
    'test.subject': 'Essai d’e-mail',
    'test.text': 'Si vous lisez ceci, l’envoi d’e-mails fonctionne.',
    'test.action': 'Ouvrir Dispo',
  },
  en: {
    'letter.hello': 'Hello,',
    'letter.helloName': 'Hello {name},',
    'letter.copy': 'If the button does not open, copy this address into your browser:',
    'letter.forgotten': '{label}: the link is no longer kept since the e-mail left.',
    'letter.foot': 'Automatic e-mail from {sender}, sent by Dispo. Replies are not read.',
    'test.subject': 'Trial e-mail',
    'test.text': 'If you can read this, e-mails are being sent.',
    'test.action': 'Open Dispo',
  },
})
