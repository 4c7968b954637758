import { EventEmitter, l10n, Uri, workspace, type CancellationToken, type TextDocumentContentProvider } from 'vscode';
import { UserError } from '../core/user-error.js';
import { PAGE_LINES, type PickleLocation } from '../core/inspection.js';
import type { ListingPage, PageWanted } from '../static/inspect/listing.js';
import type { App } from './app.js';
import {
  disassemblyUri,
  opcodeRange,
  pageOfLine,
  parseDisassemblyUri,
  type DisassemblyPage,
} from './disassembly-uri.js';
import { DisposableObject } from './disposable.js';
import { signalOf } from './inspections.js';
import { taskFileOf } from './model-file.js';
import { DISASSEMBLY_SCHEME } from './names.js';
import { outputText, withoutAddresses } from '../view/plain-text.js';
import { readSettings } from './settings.js';
import { isInside } from './stamp.js';
import { window } from './surfaces.js';

/** A location in a listing: a line of the whole listing, from 1, or the opcode that a byte of the pickle belongs to. */
export type ListingTarget = { readonly line: number } | { readonly offset: number };

/** Opcodes of pickles as read-only documents of `PAGE_LINES` lines each, which follow the model's file. */
export class DisassemblyDocuments extends DisposableObject implements TextDocumentContentProvider {
  readonly #changed = this.own(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;
  readonly #loaded = this.own(new EventEmitter<Uri>());
  /** Fires when the lines of a document have been read, or read again. */
  readonly onDidLoad = this.#loaded.event;
  /** Pages of the open documents. */
  readonly #pages = new Map<string, ListingPage>();

  constructor(private readonly app: App) {
    super();
    this.own(workspace.registerTextDocumentContentProvider(DISASSEMBLY_SCHEME, this));
    this.own(workspace.onDidCloseTextDocument(({ uri }) => this.#pages.delete(uri.toString())));
    const watcher = this.own(workspace.createFileSystemWatcher('**/*'));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.own(event((uri) => this.#reload(uri)));
  }

  /** The lines of an open document; line `n` of the editor is the `n`th of them. */
  pageOf(uri: Uri): ListingPage | undefined {
    return this.#pages.get(uri.toString());
  }

  /** Opens a listing, at a location in it when one is given. */
  async open(model: Uri, place: PickleLocation, target: ListingTarget = { line: 1 }): Promise<void> {
    const line = 'line' in target ? target.line : await this.#lineOf(model, place, target.offset);
    const { page, row } = pageOfLine(line);
    const uri = disassemblyUri({ model, place, page });
    await window.showTextDocument(uri, { preview: true, selection: opcodeRange(row) });
  }

  /** What the opcode at an offset is given, whole, in lines. */
  async argumentAt({ model, place }: DisassemblyPage, offset: number): Promise<readonly string[]> {
    const wanted = { offset, whole: true } as const;
    const { whole } = await this.#list({ model, place, page: 1 }, wanted, new AbortController().signal);
    return whole ?? [];
  }

  async provideTextDocumentContent(uri: Uri, token: CancellationToken): Promise<string> {
    const asked = parseDisassemblyUri(uri);
    if (!asked) return `# ${l10n.t('This is no link to a disassembly.')}\n`;
    this.#pages.delete(uri.toString());
    try {
      const read = await this.#list(asked, { page: asked.page }, signalOf(token));
      // The lines as shown: locations in them are offsets into these.
      const listing = { ...read, texts: read.texts.map(withoutAddresses) };
      this.#pages.set(uri.toString(), listing);
      // The document has its text a moment after it is given.
      setTimeout(() => this.#loaded.fire(uri), 0);
      return textOf(listing);
    } catch (error) {
      this.#loaded.fire(uri);
      // An error of the file becomes the text; any other error is a defect of DynScan and goes to the log.
      if (!(error instanceof Error)) throw error;
      this.app.log.warn(error.message);
      return `# ${outputText(error.message)}\n`;
    }
  }

  async #lineOf(model: Uri, place: PickleLocation, offset: number): Promise<number> {
    const { line } = await this.#list({ model, place, page: 1 }, { offset }, new AbortController().signal);
    return line ?? 1;
  }

  async #list({ model, place }: DisassemblyPage, wanted: PageWanted, signal: AbortSignal): Promise<ListingPage> {
    const { listPickle } = await this.app.engine();
    const { staticTimeout } = await readSettings(this.app);
    return listPickle(await taskFileOf(model), place, wanted, { signal, timeout: staticTimeout });
  }

  #reload(changed: Uri): void {
    for (const document of workspace.textDocuments) {
      const asked = parseDisassemblyUri(document.uri);
      if (asked && isInside(asked.model, changed)) this.#changed.fire(document.uri);
    }
  }
}

/** Asks the user which of several pickles is meant. */
export async function choosePickle<Place extends PickleLocation>(places: readonly Place[]): Promise<Place | undefined> {
  const [first] = places;
  if (!first) {
    throw new UserError(
      l10n.t('This model holds no pickle, so there are no opcodes to list. Open the file itself to see what it holds.'),
    );
  }
  if (places.length === 1) return first;
  const items = places.map((place) => ({
    label: place.member ?? l10n.t('The file itself'),
    description: copyText(place),
    place,
  }));
  const options = { title: l10n.t('DynScan: Open Disassembly'), placeHolder: l10n.t('Which pickle?') };
  return (await window.showQuickPick(items, options))?.place;
}

function copyText({ copy, at }: PickleLocation): string {
  return [
    ...(copy > 1 ? [l10n.t('number {0} of this name', copy)] : []),
    ...(at > 0 ? [l10n.t('from byte {0} on', at)] : []),
  ].join(', ');
}

function textOf(listing: ListingPage): string {
  const notes = pagesBeside(listing).map(({ text }) => `# ${text}`);
  return `${[...listing.texts, ...notes].join('\n')}\n`;
}

/** The last lines of a page, in order, each with the neighbouring page that it names. */
export function pagesBeside({ page, total }: ListingPage): { readonly page: number; readonly text: string }[] {
  const pages = Math.ceil(total / PAGE_LINES);
  const after = total - page * PAGE_LINES;
  const before = (page - 1) * PAGE_LINES;
  return [
    ...(page < pages
      ? [{ page: page + 1, text: l10n.t('{0} lines follow: page {1} of {2}', after, page + 1, pages) }]
      : []),
    ...(page > 1
      ? [{ page: page - 1, text: l10n.t('{0} lines stand before: page {1} of {2}', before, page - 1, pages) }]
      : []),
  ];
}
