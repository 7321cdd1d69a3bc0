/** What the widget says by itself, in the two languages of the house. `{x}` is replaced by the fact called x. */
const fr = {
  open: "Ouvrir le chat avec {principal}",
  unread: "{n} non lu(s)",
  close: "Réduire le chat",
  title: "Chat avec {principal}",
  hello: "Bonjour ! Écrivez votre question : un(e) conseiller(ère) de {principal} vous répond ici.",
  question: "Votre question",
  name: "Votre nom (facultatif)",
  email: "Votre e-mail (facultatif)",
  emailAsked: "Votre e-mail",
  privacy: "Vos messages servent à traiter votre demande et sont conservés par {principal}.",
  start: "Démarrer la conversation",
  message: "Votre message",
  send: "Envoyer",
  attach: "Joindre un fichier ({kinds}, {mb} Mo au plus)",
  waiting: "Un(e) conseiller(ère) va vous répondre.",
  place: "Vous êtes en {n} position.",
  placeWait: "Vous êtes en {n} position, environ {m} min d’attente.",
  nobody: "Personne n’est disponible pour l’instant. Attendez ici ou demandez à être rappelé(e).",
  withAdvisor: "Vous parlez avec {name}.",
  typing: "{name} écrit…",
  ended: "La conversation est terminée.",
  offline: "Connexion perdue. Vos messages partiront dès son retour.",
  unable: "Le centre ne peut rien recevoir pour l’instant. Vos messages sont gardés ici et partiront dès que possible.",
  sending: "Envoi en cours…",
  sendingFile: "Envoi de {name}…",
  automatic: "Message automatique",
  you: "Vous",
  copy: "Copie par e-mail",
  copyAsk: "Recevoir une copie de la conversation",
  copySent: "La copie part vers {to}.",
  copyLater: "Copie demandée : elle partira à la fin vers {to}.",
  end: "Terminer",
  again: "Nouvelle conversation",
  closed: "Le chat est fermé pour le moment.",
  closedUntil: "Le chat est fermé pour le moment. Il rouvre {when}.",
  callBack: "Être rappelé(e)",
  callBackTitle: "Demander à être rappelé(e)",
  phone: "Votre numéro de téléphone",
  topic: "Le sujet de l’appel",
  when: "Quand vous appeler",
  soon: "Dès que possible",
  consent: "Votre numéro ne servira qu’à cet appel : il ne sera utilisé pour aucune prospection sans votre accord.",
  ask: "Demander l’appel",
  promised: "C’est noté : nous vous appelons {when}.",
  follow: "Voir, déplacer ou annuler cet appel",
  back: "Retour à la conversation",
  tooLarge: "Ce fichier est trop grand : {mb} Mo au plus. Il n’a pas été envoyé.",
  trouble: "Le centre ne répond pas. Rien n’est perdu : nouvel essai dans un instant.",
};

const en: typeof fr = {
  open: "Open the chat with {principal}",
  unread: "{n} unread",
  close: "Minimise the chat",
  title: "Chat with {principal}",
  hello: "Hello! Write your question: an advisor of {principal} answers you here.",
  question: "Your question",
  name: "Your name (optional)",
  email: "Your e-mail (optional)",
  emailAsked: "Your e-mail",
  privacy: "Your messages are used to handle your request and are kept by {principal}.",
  start: "Start the conversation",
  message: "Your message",
  send: "Send",
  attach: "Attach a file ({kinds}, at most {mb} MB)",
  waiting: "An advisor will answer you.",
  place: "You are {n} in line.",
  placeWait: "You are {n} in line, about {m} min to wait.",
  nobody: "Nobody is available right now. Wait here or ask to be called back.",
  withAdvisor: "You are talking with {name}.",
  typing: "{name} is typing…",
  ended: "The conversation is over.",
  offline: "Connection lost. Your messages will leave as soon as it is back.",
  unable: "The centre cannot take anything at the moment. Your messages are kept here and will leave as soon as possible.",
  sending: "Sending…",
  sendingFile: "Sending {name}…",
  automatic: "Automatic message",
  you: "You",
  copy: "Copy by e-mail",
  copyAsk: "Receive a copy of the conversation",
  copySent: "The copy is on its way to {to}.",
  copyLater: "Copy requested: it will leave at the end, to {to}.",
  end: "End",
  again: "New conversation",
  closed: "The chat is closed at the moment.",
  closedUntil: "The chat is closed at the moment. It opens again {when}.",
  callBack: "Be called back",
  callBackTitle: "Ask to be called back",
  phone: "Your telephone number",
  topic: "What the call is about",
  when: "When to call you",
  soon: "As soon as possible",
  consent: "Your number is used for this call only: never for advertising without your agreement.",
  ask: "Ask for the call",
  promised: "Noted: we will call you {when}.",
  follow: "See, move or cancel this call",
  back: "Back to the conversation",
  tooLarge: "This file is too large: at most {mb} MB. It was not sent.",
  trouble: "The centre does not answer. Nothing is lost: trying again in a moment.",
};

export type Word = keyof typeof fr;
export type Say = (word: Word, facts?: Record<string, string | number>) => string;

/** The speaker of one language. */
export const speaker =
  (lang: string): Say =>
  (word, facts = {}) =>
    (lang === "en" ? en : fr)[word].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));

/** 1 → "1re", 2 → "2e"; 1 → "1st", 2 → "2nd". */
export function ordinal(n: number, lang: string): string {
  if (lang !== "en") return n + (n === 1 ? "re" : "e");
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(n);
  return n + ({ one: "st", two: "nd", few: "rd" }[rule as string] ?? "th");
}

/** "14 h 05" in French, "14:05" in English, in the visitor's own time. */
export function hour(at: string, lang: string): string {
  const [hours, minutes] = new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }).split(":");
  return lang === "en" ? `${hours}:${minutes}` : `${Number(hours)} h ${minutes}`;
}
