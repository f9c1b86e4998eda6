import { defineWords } from './define.ts'

/** One sentence for each kind of news. The campaign's name stands beside it, so it does not say it. */
export const news = defineWords({
  fr: {
    campaign_scheduled: '{event, select, rescheduled {Nouvelle date d’envoi enregistrée} other {Campagne programmée{count, plural, =0 {} one { : # destinataire} other { : # destinataires}}}}',
    campaign_paused: '{event, select, batch_held {Mise en pause : le lot {no} n’est pas parti à l’heure} other {Mise en pause}}',
    campaign_suspended: 'Suspendue automatiquement{reason, select, drop_rate { : trop de SMS échouent} refused_from_start { : les premiers SMS sont tous refusés} campaign_budget { : le budget de la campagne est épuisé} day_budget { : le budget du jour est épuisé} other {}}',
    campaign_resumed: 'Envoi repris',
    campaign_cancelled: 'Campagne annulée{count, plural, =0 {} one { : # SMS ne partira pas} other { : # SMS ne partiront pas}}',
    batch_sent: 'Lot {no} envoyé : {count} SMS',
    campaign_completed: 'Envoi terminé',
    campaign_error: '{reason, select, launch {Le lancement a échoué : rien n’est parti} reminder {La relance a échoué : rien n’est parti} account {Le fournisseur refuse les SMS : l’envoi attend} other {Une erreur empêche l’envoi}}',
    answers: '{count, plural, one {# nouvelle réponse} other {# nouvelles réponses}} : {yes} OUI, {noes} NON',
    yes_reached: '{count} OUI : le nombre voulu est atteint',
    reply_received: 'SMS reçu de {who}',
    reading_uncertain: 'Réponse par SMS de {who} à confirmer',
    stop_to_review: '{who} ne veut peut-être plus de SMS : à vérifier',
    closing_soon: 'Les réponses seront bientôt closes{count, plural, =0 {} one { : # personne n’a pas répondu} other { : # personnes n’ont pas répondu}}',
    reminder_soon: '{count, plural, one {La relance automatique de # personne part bientôt} other {La relance automatique de # personnes part bientôt}} : vous pouvez encore l’arrêter',
    webhook_off: '{reason, select, gone {Webhook désactivé : {what} a répondu qu’elle n’existe plus} other {Webhook désactivé : plus rien ne passe vers {what} depuis trois jours}}',
    import_finished: '{event, select, failed {L’import n’a pas abouti} other {Import terminé : {count, plural, one {# fiche écrite} other {# fiches écrites}}}}',
  },
  en: {
    campaign_scheduled: '{event, select, rescheduled {New date of sending saved} other {Campaign scheduled{count, plural, =0 {} one {: # recipient} other {: # recipients}}}}',
    campaign_paused: '{event, select, batch_held {Paused: batch {no} did not leave on time} other {Paused}}',
    campaign_suspended: 'Suspended automatically{reason, select, drop_rate {: too many SMS fail} refused_from_start {: the first SMS are all refused} campaign_budget {: the budget of the campaign is used up} day_budget {: the budget of the day is used up} other {}}',
    campaign_resumed: 'Sending resumed',
    campaign_cancelled: 'Campaign cancelled{count, plural, =0 {} other {: # SMS will not be sent}}',
    batch_sent: 'Batch {no} sent: {count} SMS',
    campaign_completed: 'Sending finished',
    campaign_error: '{reason, select, launch {The launch failed: nothing was sent} reminder {The reminder failed: nothing was sent} account {The provider refuses the SMS: sending waits} other {An error stops the sending}}',
    answers: '{count, plural, one {# new answer} other {# new answers}}: {yes} YES, {noes} NO',
    yes_reached: '{count} YES: the wanted number is reached',
    reply_received: 'SMS received from {who}',
    reading_uncertain: 'SMS answer from {who} to be confirmed',
    stop_to_review: '{who} may not want any more SMS: please check',
    closing_soon: 'The answers close soon{count, plural, =0 {} one {: # person has not answered} other {: # people have not answered}}',
    reminder_soon: '{count, plural, one {The automatic reminder to # person leaves soon} other {The automatic reminder to # people leaves soon}}: you can still stop it',
    webhook_off: '{reason, select, gone {Webhook switched off: {what} answered that it is gone} other {Webhook switched off: nothing has reached {what} for three days}}',
    import_finished: '{event, select, failed {The import did not finish} other {Import finished: {count, plural, one {# record written} other {# records written}}}}',
  },
})

/** The kinds there are: one without a sentence does not compile. */
export type NewsKind = keyof typeof news.fr
