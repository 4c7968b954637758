/** What an act means in the report: its sentence, its canary, and its rank among others. */
import { escapeAndCut, escapedLines, hasLines } from '../core/escape.js';
import type { Facts, Finding } from '../core/schema.js';
import type { Act, ReadAct, TheftAct } from './acts.js';
import { commandLine, shown, shownName } from './args.js';
import type { Canary } from './canary.js';
import { endpointWords } from './endpoint.js';

/** One sentence or two on what happened; most acts are a call that explains itself. */
export function happening(act: Act, canaries: ReadonlyMap<string, Canary>, explained: () => string): string {
  const who = `PID ${act.event.pid}`;
  switch (act.act) {
    case 'left': {
      const command = act.argv.length > 0 ? ` (${commandLine(act.argv)})` : '';
      return `PID ${act.pid}${command} goes on after the program that loaded the model has ended.`;
    }
    case 'global':
      return `The model asks for ${shown(act.name)}.`;
    case 'audit':
      if (act.name === 'webbrowser.open') return `${who} asks Python to open ${shown(act.args[0] ?? '')}.`;
      return act.name === 'os.listdir'
        ? `${who} has Python look for modules in ${shownName(act.args[0] ?? '')}.`
        : `${who} has Python run program text or code (${shown(act.name)}): ${shown(act.args[0] ?? '')}.`;
    case 'drop':
      return `${who} puts ${act.what} into ${shownName(act.path)}.`;
    case 'plant':
      return `${who} made ${shownName(act.path)}, and it is there when the run ends.`;
    case 'deceived':
      return act.why;
    case 'state':
      return `After the model was loaded, ${shown(act.what)} is not what it was: ${shown(act.to)}.`;
    case 'forgery':
      return `${who} writes a message in the name of the sandbox: ${act.why}.`;
    case 'reached':
      return `${who} reaches for the program that runs the model, by ${shown(act.what)}.`;
    case 'quit':
      return `${who} ends the program that loads the model before that is done, with exit code ${act.code}.`;
    case 'outside':
      return act.event.text;
    case 'send': {
      const where = endpointWords(act);
      return explained().includes(where) ? explained() : `${explained()} It goes to ${where}.`;
    }
    case 'destroy':
      return `${explained()} It is personal document number ${act.total} of those it overwrites, renames or deletes.`;
    case 'theft':
      return theftSentence(act, who);
    case 'read':
      return explained() + canarySentence(act, canaries);
    case 'wait':
      return `${explained()} So far it has asked to wait ${Number(act.total.toFixed(1))} seconds in all.`;
    case 'delete':
      return act.total > 1 ? `${explained()} It is number ${act.total} of what it deletes or renames.` : explained();
    default:
      return explained();
  }
}

/** What the interpreter said through the runner, as Python would write it; undefined for an act that a system call shows. */
export function toldByInterpreter(act: Act): string | undefined {
  switch (act.act) {
    case 'audit':
      return `${act.name}(${act.args.join(', ')})`;
    case 'global':
      return `pickle.find_class(${act.name})`;
    case 'state':
      return `${act.what}: ${act.to}`;
    case 'reached':
      return act.what;
    default:
      return undefined;
  }
}

function theftSentence({ canary, encoding, how, where }: TheftAct, who: string): string {
  const what = canary.path === undefined ? canary.name : `${canary.name} (${shownName(canary.path)})`;
  const did = {
    send: `sends it to ${where}`,
    'look-up': `asks for the name ${where} with it inside`,
    command: `hands it to a program: ${where}`,
    file: `writes it to ${where}`,
    print: `prints it to ${where}`,
  };
  return `${who} takes ${what}, a canary of this scan, and ${did[how]}, ${encoding}.`;
}

/** Says that the file or value is a canary. */
function canarySentence({ path, ok, probe }: ReadAct, canaries: ReadonlyMap<string, Canary>): string {
  const canary = canaries.get(path);
  if (!ok || canary === undefined) return '';
  return probe
    ? ` It is there: a canary of this scan, ${canary.name}.`
    : ` What it got is a canary of this scan: ${canary.name}.`;
}

/** The canary that the act is about. */
export function canaryOf(act: Act, canaries: ReadonlyMap<string, Canary>): Finding['decoy'] {
  if (act.act === 'theft') {
    const { name, path } = act.canary;
    return { name, ...(path === undefined ? {} : { path }), use: 'taken' };
  }
  if ((act.act !== 'read' && act.act !== 'destroy') || !act.ok) return undefined;
  const canary = canaries.get(act.path);
  if (canary === undefined) return undefined;
  return { name: canary.name, path: act.path, use: act.act === 'destroy' ? 'changed' : act.probe ? 'seen' : 'read' };
}

/** The parts of the act that its subject does not hold one by one. */
export function factsOf(act: Act): Facts | undefined {
  if (act.act === 'start' && act.argv.length > 0)
    return { argv: act.argv.slice(0, MAX_ARGUMENTS).map((word) => escapeAndCut(word, FACT_LENGTH)) };
  if (act.act === 'audit' && hasLines(act.args[0] ?? '')) return { code: escapedLines(act.args[0] ?? '') };
  // What is printed goes nowhere that has a name.
  return act.act === 'theft' && act.how !== 'print'
    ? { destination: { way: act.how, place: escapeAndCut(act.where, FACT_LENGTH) } }
    : undefined;
}

const MAX_ARGUMENTS = 20;
const FACT_LENGTH = 400;

/** Starts, contacts and what is written to the scratch space make a timeline readable. */
export function isWorthTelling(act: Act): boolean {
  if (act.act === 'change') return act.zone === 'scratch';
  return ['start', 'connect', 'listen', 'look-up'].includes(act.act);
}

/** A success ranks above an attempt, and data sent above a connection. */
export function rankOf(act: Act): number {
  if (act.act === 'send') return act.ok ? 4 : 3;
  // Reading a file ranks above checking whether it exists.
  if (act.act === 'read') return act.ok ? (act.probe ? 1 : 2) : 0;
  if (act.act === 'connect') return act.ok ? 2 : 1;
  return act.ok ? 2 : 0;
}
