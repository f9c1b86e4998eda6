/** What the demonstration agency's records are made of. First names have only letters that fit the cheap SMS alphabet. */

/** Families of names as they live side by side in the region: weight, first names, last names. */
export const NAMES: readonly { weight: number; first: readonly string[]; last: readonly string[] }[] = [
  {
    weight: 46,
    first: 'Alain Alexandre Anthony Antoine Arnaud Aurélie Bastien Benjamin Bruno Camille Catherine Cédric Céline Christophe Clément Corentin Damien David Delphine Didier Dylan Élodie Émilie Éric Fabien Fabrice Florian Franck Gaëtan Guillaume Hugo Isabelle Jean-Luc Jean-Pierre Jérémy Jordan Julie Julien Kévin Laetitia Laurent Lucas Ludovic Manon Marc Marie Marine Mathieu Maxime Mélanie Michel Mickaël Nathalie Nicolas Olivier Pascal Patrick Pauline Philippe Pierre Quentin Rémi Romain Sandrine Sébastien Sophie Stéphane Sylvain Théo Thierry Thomas Valentin Vincent Virginie Xavier Yann'.replace('Gaëtan ', '').replace('Mickaël', 'Mickael').split(' '),
    last: 'Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Lefèvre Mercier Dupont Lambert Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin Muller Henry Roussel Nicolas Perrin Morin Mathieu Clément Gauthier Dumont Lopez Fontaine Chevalier Robin Masson Sanchez Gérard Nguyen Boyer Denis Lemaire Duval Joly Gautier Roger Roche Roy Noël Meyer Lucas Meunier Jean Perez Marchand Dufour Blanchard Marie Barbier Brun Dumas Brunet Schmitt Leroux Colin Fernandez Renaud Chassagne Berthet Chapuis Guillot Perrier Vallet Thévenet Mollard Rivoire Gonon Charvet Bouvier Jacquet Drevon Ginet Pellet'.split(' '),
  },
  {
    weight: 20,
    first: 'Abdelkader Adel Ahmed Ali Amel Amine Amir Aziz Bilal Brahim Fares Farid Fatima Fouad Hakim Hamza Hassan Hocine Houria Ibrahim Idriss Ilyes Imane Inès Ismail Jamal Kamel Karim Khaled Leila Malik Mehdi Mohamed Mounir Mourad Mustapha Nabil Nadia Nassim Nora Omar Rachid Rachida Reda Riad Sabrina Said Salah Samia Samir Sofiane Tarek Walid Yacine Yassine Younes Youssef Zakaria Zineb'.split(' '),
    last: 'Abdallah Amrani Aouad Bakri Belaid Belkacem Benali Benamar Benmoussa Bensaïd Berrada Bouaziz Bouchareb Boudjema Boukhris Bouzid Brahimi Chaoui Cherif Djebbar El_Amrani El_Idrissi Ferhat Ghezali Guerroudj Haddad Hadji Hamdi Hamidi Kaci Kadri Khelifi Lahmar Larbi Mansouri Meziane Mokhtari Nasri Ouali Rahmani Saadi Saïdi Slimani Taleb Tounsi Zaoui Ziani Zitouni'.split(' '),
  },
  {
    weight: 12,
    first: 'Abdoulaye Adama Aissatou Alassane Amadou Aminata Awa Bakary Boubacar Cheikh Djibril Fanta Fatou Fode Ibrahima Issa Kadiatou Lamine Mamadou Mariam Modibo Moussa Ousmane Oumar Saliou Samba Seydou Souleymane Tidiane Yaya'.split(' '),
    last: 'Bah Ba Barry Camara Cissé Cissoko Coulibaly Dembélé Diaby Diakité Diallo Diarra Diop Doumbia Fall Fofana Gueye Kanté Keita Konaté Koné Kouyaté Mbaye Ndiaye Sacko Sangaré Sidibé Sissoko Sow Sylla Touré Traoré'.split(' '),
  },
  {
    weight: 6,
    first: 'Arsène Blaise Chancel Christian Divine Emmanuel Fabrice Gloire Grâce Hervé Jonathan Joseph Landry Merveille Moise Patience Prince Rodrigue Serge Trésor'.replace('Grâce ', '').split(' '),
    last: 'Bokamba Ilunga Kabongo Kalonji Kasongo Lukaku Mabiala Makaya Mbemba Mboma Mukendi Ngoma Nkounkou Nsimba Tchamba Tshibanda'.split(' '),
  },
  {
    weight: 8,
    first: 'Alberto Ana Antonio Armindo Bruno Carlos Daniel Fernando Helder Joaquim Jorge José Luis Manuel Mario Miguel Nelson Nuno Paulo Pedro Ricardo Rui Sergio Sonia Tiago Vitor'.split(' '),
    last: 'Almeida Alves Carvalho Costa Da_Cunha Da_Silva De_Oliveira Dias Dos_Santos Esteves Ferreira Gomes Gonçalves Lopes Marques Mendes Monteiro Moreira Pereira Pinto Ribeiro Rocha Rodrigues Teixeira'.split(' '),
  },
  {
    weight: 5,
    first: 'Ahmet Ali Ayhan Burak Cem Ekrem Emre Erdal Fatih Hakan Hasan Kemal Mehmet Murat Mustafa Okan Orhan Ramazan Serkan Yusuf'.split(' '),
    last: 'Aksoy Arslan Aydin Çelik Demir Dogan Erdogan Kaya Kiliç Koç Özdemir Öztürk Polat Sahin Yildirim Yildiz Yilmaz'.split(' '),
  },
  {
    weight: 3,
    first: 'Adrian Alexandru Andrei Bogdan Cristian Dariusz Florin Gheorghe Ionut Jacek Krzysztof Marek Mihai Oleksandr Pawel Piotr Roman Stefan Tomasz Vasile'.split(' '),
    last: 'Ciobanu Dumitru Ionescu Kovalenko Kowalski Marin Moldovan Munteanu Nowak Popa Popescu Radu Rusu Shevchenko Stan Wiśniewski Wójcik Zielinski'.split(' '),
  },
]

/** Trade, how many in a hundred, what its people can show. */
export const TRADES: readonly { trade: string; weight: number; skills: readonly string[] }[] = [
  { trade: 'Maçon', weight: 8, skills: ['Gros œuvre', 'Lecture de plan', 'Enduits', 'Carte BTP', 'Travail en hauteur'] },
  { trade: 'Coffreur-bancheur', weight: 8, skills: ['Gros œuvre', 'Banches', 'Lecture de plan', 'Carte BTP', 'Élingage', 'Travail en hauteur'] },
  { trade: 'Ferrailleur', weight: 3, skills: ['Gros œuvre', 'Lecture de plan', 'Carte BTP', 'Soudure'] },
  { trade: 'Manœuvre', weight: 9, skills: ['Gros œuvre', 'Carte BTP', 'Travail en hauteur', 'Démolition'] },
  { trade: 'Plaquiste', weight: 5, skills: ['Second œuvre', 'Bandes', 'Isolation', 'Carte BTP'] },
  { trade: 'Peintre en bâtiment', weight: 5, skills: ['Second œuvre', 'Enduits', 'Ravalement', 'Carte BTP', 'Échafaudage'] },
  { trade: 'Électricien', weight: 6, skills: ['Second œuvre', 'Habilitation électrique B1V', 'Habilitation électrique BR', 'Courants faibles', 'Nacelle R486'] },
  { trade: 'Plombier-chauffagiste', weight: 4, skills: ['Second œuvre', 'Soudure', 'PAC et climatisation', 'Carte BTP'] },
  { trade: 'Couvreur', weight: 3, skills: ['Travail en hauteur', 'Zinguerie', 'Échafaudage', 'Carte BTP'] },
  { trade: 'Carreleur', weight: 3, skills: ['Second œuvre', 'Grands formats', 'Carte BTP'] },
  { trade: "Conducteur d'engins", weight: 5, skills: ['CACES R482 A', 'CACES R482 B1', 'CACES R482 F', 'AIPR', 'Terrassement'] },
  { trade: 'Canalisateur', weight: 3, skills: ['AIPR', 'Terrassement', 'Soudure PE', 'Carte BTP'] },
  { trade: 'Grutier', weight: 2, skills: ['CACES R487', 'Élingage', 'Carte BTP'] },
  { trade: 'Cariste', weight: 11, skills: ['CACES R489 1B', 'CACES R489 3', 'CACES R489 5', 'Chargement', 'WMS'] },
  { trade: 'Préparateur de commandes', weight: 12, skills: ['CACES R489 1B', 'Commande vocale', 'Scan RF', 'Froid négatif', 'WMS'] },
  { trade: 'Magasinier', weight: 4, skills: ['CACES R489 3', 'Inventaire', 'SAP', 'WMS'] },
  { trade: 'Manutentionnaire', weight: 8, skills: ['Déchargement', 'Port de charges', 'Transpalette', 'Équipe de nuit'] },
  { trade: 'Chauffeur PL', weight: 4, skills: ['Permis C', 'FIMO', 'Carte conducteur', 'Hayon'] },
  { trade: 'Chauffeur SPL', weight: 3, skills: ['Permis CE', 'FIMO', 'Carte conducteur', 'ADR'] },
  { trade: 'Chauffeur-livreur', weight: 4, skills: ['Permis B', 'Tournées', 'Hayon', 'Bras de chargement'] },
]

export const TOWNS: readonly (readonly [town: string, postalCode: string, weight: number])[] = [
  ['Lyon 1er', '69001', 2], ['Lyon 2e', '69002', 2], ['Lyon 3e', '69003', 5], ['Lyon 4e', '69004', 2], ['Lyon 5e', '69005', 3], ['Lyon 7e', '69007', 5], ['Lyon 8e', '69008', 6], ['Lyon 9e', '69009', 4],
  ['Villeurbanne', '69100', 9], ['Vénissieux', '69200', 7], ['Vaulx-en-Velin', '69120', 6], ['Bron', '69500', 4], ['Saint-Priest', '69800', 5], ['Meyzieu', '69330', 3], ['Décines-Charpieu', '69150', 3],
  ['Rillieux-la-Pape', '69140', 3], ['Oullins-Pierre-Bénite', '69600', 3], ['Givors', '69700', 2], ['Villefranche-sur-Saône', '69400', 3], ['Tarare', '69170', 1], ['Corbas', '69960', 2], ['Mions', '69780', 1],
  ['Saint-Étienne', '42000', 4], ['Saint-Chamond', '42400', 2], ['Firminy', '42700', 1], ['Roanne', '42300', 1], ['Grenoble', '38000', 3], ['Échirolles', '38130', 2], ['Vienne', '38200', 3], ['Bourgoin-Jallieu', '38300', 3],
  ["L'Isle-d'Abeau", '38080', 2], ['Saint-Quentin-Fallavier', '38070', 2], ['Villefontaine', '38090', 2], ['Voiron', '38500', 1], ['Chambéry', '73000', 2], ['Aix-les-Bains', '73100', 1], ['Annecy', '74000', 1], ['Annemasse', '74100', 1],
  ['Bourg-en-Bresse', '01000', 2], ['Oyonnax', '01100', 1], ['Ambérieu-en-Bugey', '01500', 1], ['Meximieux', '01800', 1], ['Valence', '26000', 2], ['Romans-sur-Isère', '26100', 1], ['Montélimar', '26200', 1],
  ['Annonay', '07100', 1], ['Clermont-Ferrand', '63000', 1], ['Vichy', '03200', 1], ['Le Puy-en-Velay', '43000', 1],
]

export const NOTES = [
  'Vu en entretien à l’agence : sérieux, ponctuel, cherche une mission longue.', 'Rappeler début de mois pour le chantier de la Part-Dieu.', 'N’a pas le permis, se déplace en transports. OK jusqu’à 45 minutes.',
  'Très bon retour du client après deux semaines.', 'Visite médicale à jour jusqu’à l’été prochain.', 'Demande à ne plus travailler de nuit.', 'Carte BTP perdue, demande de duplicata faite.',
  'Préfère le secteur Est lyonnais : Saint-Priest, Corbas, Mions.', 'Retard le premier jour, recadré, rien à signaler depuis.', 'CACES à renouveler avant la fin de l’année : voir avec la formation.',
  'Accepte les missions à la semaine.', 'A un véhicule, peut covoiturer trois personnes.', 'Disponible aussi le samedi en période de pointe.', 'En formation le vendredi jusqu’à fin janvier.',
  'Ne pas positionner sur du froid négatif.', 'A travaillé trois ans chez un concurrent, connaît bien les plateformes de Saint-Quentin-Fallavier.', 'Rappelé deux fois, laissé un message.', 'Contrat signé, départ lundi 7 h sur site.',
] as const

/** What candidates add to an answer, by campaign kind and choice. */
export const COMMENTS = {
  availability: {
    yes: ['Je suis libre tout de suite', 'Plutôt en journée', 'Secteur Lyon Est de préférence', 'J’ai le permis et une voiture', 'Mission longue si possible', 'Je finis mon contrat vendredi', 'OK pour le 2x8', 'Appelez-moi après 16 h', 'Avec mon collègue si possible'],
    no: ['En mission jusqu’à fin janvier', 'J’ai trouvé un CDI, merci', 'En arrêt pour le moment', 'En formation', 'Je pars en congés au pays', 'Rappelez-moi au printemps'],
  },
  simple: {
    yes: ['Pointure 42', 'Oui, presque neuves', '44, montantes', 'OK', 'J’ai tout : casque, gants, chaussures', 'Pointure 40'],
    no: ['Je n’ai pas de chaussures de sécurité, je fais du 42', 'Pointure 43 s’il vous plaît', 'Elles sont usées, pointure 41', 'Pas encore. 45', 'Il me faut aussi un casque. Pointure 42'],
  },
} as const

/** Texts that people send back instead of using the link. */
export const REPLIES = ['Merci, j’ai répondu sur le lien', 'Bonjour, qui êtes vous ?', 'Je suis en mission en ce moment', 'Rappelez moi demain svp', 'ok pour lundi si je finis à 16 h', 'Bonjour, c’est pour quel secteur ?', 'Oui mais pas avant le 15', 'Numéro changé ce n’est plus Karim', 'Merci'] as const
