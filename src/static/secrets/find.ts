/**
 * Credentials in text, by the fixed forms that their issuers document: a prefix, a length, an alphabet. No rule uses entropy or a form like "twenty
 * letters": such rules cause the false alarms of these searches. A credential is never shown in full.
 */
import type { Match } from '../context.js';

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Each begins with letters that no word has, so that the search is one pass. */
const FORMS: readonly Form[] = [
  { name: 'an AWS access key id', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g },
  { name: 'a Hugging Face token', pattern: /\bhf_[A-Za-z]{34}\b/g },
  { name: 'a Hugging Face organisation token', pattern: /\bapi_org_[A-Za-z]{34}\b/g },
  { name: 'a GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g },
  { name: 'a GitHub fine-grained token', pattern: /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/g },
  { name: 'a GitLab token', pattern: /\bgl(?:pat|ptt|rt|dt|soat|ft|imt|agent)-[A-Za-z0-9_-]{20,64}\b/g },
  { name: 'an OpenAI key', pattern: /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}\b/g },
  { name: 'an OpenAI key', pattern: /\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b/g },
  { name: 'an Anthropic key', pattern: /\bsk-ant-(?:api|admin|oat)\d\d-[A-Za-z0-9_-]{80,120}/g },
  { name: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  { name: 'a Google OAuth client secret', pattern: /\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])/g },
  { name: 'a Google OAuth access token', pattern: /\bya29\.[A-Za-z0-9_-]{40,300}/g },
  { name: 'a Slack token', pattern: /\bxox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{10,200}/g },
  {
    name: 'a Slack webhook',
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/T[A-Z0-9]{8,12}\/[A-Za-z0-9/]{20,80}/g,
  },
  {
    name: 'a Discord webhook',
    pattern: /https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,80}/g,
  },
  { name: 'a Telegram bot token', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g },
  { name: 'a Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{24,247}\b/g },
  { name: 'a SendGrid key', pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g },
  { name: 'a Mailgun key', pattern: /\bkey-[a-f0-9]{32}\b/g },
  { name: 'a Twilio key', pattern: /\bSK[a-f0-9]{32}\b/g },
  { name: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'a PyPI token', pattern: /\bpypi-AgE[A-Za-z0-9_-]{50,300}/g },
  { name: 'a Docker Hub token', pattern: /\bdckr_pat_[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])/g },
  { name: 'a DigitalOcean token', pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/g },
  { name: 'a Databricks token', pattern: /\bdapi[a-f0-9]{32}(?:-\d)?\b/g },
  { name: 'a Replicate token', pattern: /\br8_[A-Za-z0-9]{37}\b/g },
  { name: 'a Groq key', pattern: /\bgsk_[A-Za-z0-9]{52}\b/g },
  { name: 'a Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b/g },
  { name: 'an Azure storage key', pattern: /\bAccountKey=[A-Za-z0-9+/]{86}==/g },
  { name: 'a Weights & Biases key', pattern: /\bwandb_v1_[A-Za-z0-9_]{40,120}\b/g },
  { name: 'a HashiCorp Vault token', pattern: /\bhv[sbr]\.[A-Za-z0-9_-]{24,200}/g },
  { name: 'an age secret key', pattern: /\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b/g },
  {
    name: 'a private key',
    pattern:
      /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----\s*(?:\\n)?[A-Za-z0-9+/=\s\\:,-]{40}/g,
  },
  {
    name: 'a JSON web token',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}/g,
  },
  {
    name: 'a database address with a password',
    pattern:
      /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[\w.%-]{1,100}:[^\s@/:"'<>{}$]{3,100}@[\w.-]{1,200}/g,
  },
];

/** The first letters of each form: a text without them needs no further search. */
const QUICK =
  /A[KS]IA|hf_|api_org_|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|sk-|AIza|GOCSPX|ya29|xox|hooks\.slack|webhooks|:AA|k_live_|SG\.|key-|\bSK|npm_|pypi-|dckr|_v1_|dapi|r8_|gsk_|shp|AccountKey|hv[sbr]\.|AGE-|PRIVATE KEY|eyJ|:\/\//;

export interface Secret {
  readonly name: string;
  /** Characters from the text's begin. */
  readonly at: number;
  /** First letters and the length. */
  readonly shown: string;
}

const KEPT = 50;

export function findSecrets(text: string): Secret[] {
  if (!QUICK.test(text)) return [];
  const secrets: Secret[] = [];
  for (const { name, pattern } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      if (secrets.length >= KEPT) return secrets;
      if (!isExample(match[0])) secrets.push({ name, at: match.index, shown: hint(match[0]) });
    }
  }
  return secrets;
}

/** Fields that hold a credential, by their whole name; `token` alone is a word of tokenizers. */
const FIELD =
  /^(?:.{0,40}[_.-])?(?:password|passwd|passphrase|api_?key|apikey|secret_?key|client_?secret|access_?token|auth_?token|refresh_?token|private_?key|hf_?token|secret_?access_?key)$/i;
const PLACEHOLDER =
  /^(?:[<{[$%].*|.*[>}\]]|(?:x+|\*+|\.+)|(?:your|my|the|insert|enter|replace|change|put|add|some|example|dummy|fake|test|none|null|true|false|todo|env|os\.|secret|password|token|key|api|file|path|string|redacted|hidden|placeholder|optional|required)\b.*)$/i;
const PLACEHOLDER_WORD = /your|example|placeholder|changeme|dummy|redacted|xxxx|\s/i;

/** In a text with more than two lines, such as a key in PEM, words say nothing. */
function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || (PLACEHOLDER_WORD.test(value) && value.split(/[\n\r\u2028\u2029]/).length <= 2);
}

/** The credential that a field of this name and value holds, if it holds one. */
export function namedSecret(field: string, value: string): string | undefined {
  if (value.length < 8 || value.length > 500 || !FIELD.test(field) || isPlaceholder(value)) return undefined;
  // The name of an object, such as an environment variable or a class, is not its value.
  return /^[A-Z][A-Z_]+$|^[a-z_]+$|^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(value) ? undefined : hint(value);
}

/** The findings of a text; `offsetOf` maps its characters to bytes of the file. */
export function secretHits(text: string, offsetOf: (at: number) => number, where = ''): Omit<Match, 'place'>[] {
  return findSecrets(text).map(({ name, at, shown }) => ({
    rule: 'STATIC-SECRET-KEY',
    key: `${name}\n${shown}`,
    subject: `${where === '' ? 'It' : where} holds ${name} (${shown})`,
    evidence: [{ offset: offsetOf(at), text: shown }],
  }));
}

/** AWS and others publish keys for their documentation. */
function isExample(text: string): boolean {
  return /EXAMPLE|example|xxxxx|XXXXX|00000000|12345678|abcdefgh/.test(text);
}

function hint(text: string): string {
  return `${text.slice(0, Math.min(8, Math.floor(text.length / 3)))}…, ${text.length} characters`;
}
