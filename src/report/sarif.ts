/**
 * The report as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code scanning services and editors. docs/report-format.md describes the mapping.
 */
import { createHash } from 'node:crypto';
import type * as sarif from 'sarif';
import { techniquePage } from '../core/attack-names.js';
import { escapeText, toWellFormed } from '../core/escape.js';
import { headlineOf } from '../core/headline.js';
import { identityOf } from '../core/identity.js';
import { formatJson } from './json.js';
import type {
  Evidence,
  Finding,
  LeftOut,
  Problem,
  ReportDocument,
  ScanReport,
  Severity,
  Suppression,
} from '../core/schema.js';
import { SEVERITIES } from '../core/terms.js';
import { isUnseen } from '../core/verdict.js';

/** Id of the notification that says what a scan did not see. */
const NOT_SEEN = 'not-fully-seen';
/** Id of the one that says what of the request could not be done. */
const NOT_DONE = 'not-done';
/** Id of the one that says what of a folder was not looked at. */
const LEFT_OUT = 'left-out';
/** Id of the one that says how the request was understood. */
const UNDERSTOOD = 'understood-as';

/** Base of relative addresses, by the name that code scanning services know for the top of a checkout. */
const ROOT = '%SRCROOT%';

/** `root`: the folder that files below it are named from, so that the report means the same in another checkout; `''` for none. */
export function formatSarif(document: ReportDocument, root = ''): string {
  return formatJson(toSarif(document, root));
}

/** One run for all scans: code scanning services refuse several runs of one tool in one upload. */
export function toSarif(document: ReportDocument, root = ''): sarif.Log {
  const placeOf: PlaceOf = (path) => addressOf(path, root);
  const rules = describeRules(
    document.scans.flatMap(({ findings, suppressed = [] }) => [
      ...findings,
      ...suppressed.map(({ finding }) => finding),
    ]),
  );
  const indexOfRule = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'DynScan',
            version: document.tool.version,
            rules,
            notifications: [
              {
                id: NOT_SEEN,
                shortDescription: { text: 'A part of the model was not seen' },
                fullDescription: { text: 'The scan could not see everything the model does, so it is not clean.' },
              },
              { id: NOT_DONE, shortDescription: { text: 'A part of the request could not be done' } },
              { id: UNDERSTOOD, shortDescription: { text: 'How the request was understood' } },
              { id: LEFT_OUT, shortDescription: { text: 'A part of a folder was not looked at' } },
            ],
          },
        },
        // A trailing slash: of a kind, and no run of its own (2.1.0, 3.17.3).
        automationDetails: { id: 'dynscan/' },
        ...(root === '' ? {} : { originalUriBaseIds: { [ROOT]: { uri: `${toUri(root).replace(/\/$/, '')}/` } } }),
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: isComplete(document),
            toolExecutionNotifications: [
              ...document.scans.flatMap((scan, index) => describeGaps(scan, index, placeOf)),
              ...(document.problems ?? []).map((problem) => describeProblem(problem, placeOf)),
              ...(document.leftOut ?? []).map((one) => describeLeftOut(one, placeOf)),
              ...(document.notes ?? []).map(describeNote),
            ],
          },
        ],
        artifacts: document.scans.map(({ model }) => ({
          location: placeOf(model.path),
          length: model.size,
          roles: ['analysisTarget'],
          ...(model.sha256 === undefined ? {} : { hashes: { 'sha-256': model.sha256 } }),
          // The artifact is a file of the folder, so this is none of its hashes.
          ...(model.folderSha256 === undefined ? {} : { properties: { folderSha256: model.folderSha256 } }),
        })),
        results: document.scans.flatMap((scan, index) => describeResults(scan, index, { rules: indexOfRule, placeOf })),
        properties: {
          verdict: document.verdict,
          verdicts: document.scans.map((scan) => ({
            ...placeOf(scan.model.path),
            verdict: scan.verdict,
            headline: headlineOf(scan).sentence,
            reasons: scan.reasons,
          })),
        },
      },
    ],
  };
}

type PlaceOf = (path: string) => Pick<sarif.ArtifactLocation, 'uri' | 'uriBaseId'>;

function addressOf(path: string, root: string): ReturnType<PlaceOf> {
  const top = root.replace(/[\\/]$/, '');
  const isBelow = root !== '' && path.startsWith(top) && /^[\\/]./.test(path.slice(top.length));
  if (!isBelow) return { uri: toUri(path) };
  const below = path.slice(top.length + 1);
  // A backslash is a part of a name where folders are parted by slashes.
  return { uri: toUri(/^[A-Za-z]:/.test(root) ? below.replaceAll('\\', '/') : below), uriBaseId: ROOT };
}

/**
 * A path as a URI: absolute ones as `file:`, relative ones as relative references whose every byte that could mean
 * something else in a URI is percent-encoded. So are bytes that are not UTF-8 (model/path.ts); what else is not valid Unicode
 * keeps its place with U+FFFD.
 */
export function toUri(path: string): string {
  const windows = /^([A-Za-z]:)[\\/]/.exec(path)?.[1];
  const segments = (windows === undefined ? path : path.slice(windows.length).replaceAll('\\', '/')).split('/');
  const encoded = segments.map(encodeSegment).join('/');
  if (windows !== undefined) return `file:///${windows}${encoded}`;
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}

function encodeSegment(segment: string): string {
  const isByte = /^[\udc80-\udcff]$/;
  return (segment.match(/[\ud800-\udbff][\udc00-\udfff]|[^]/g) ?? [])
    .map((char) =>
      isByte.test(char)
        ? `%${(char.charCodeAt(0) - 0xdc00).toString(16).toUpperCase()}`
        : encodeURIComponent(toWellFormed(char)),
    )
    .join('');
}

/** `error`, `warning` and `note` as code scanning shows them. */
const LEVELS = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
} as const satisfies Record<Severity, sarif.Result.level>;

/** In the middle of the bands that code scanning reads: over 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low. */
const SECURITY_SEVERITY = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0', info: undefined } as const;

function describeRules(findings: readonly Finding[]): sarif.ReportingDescriptor[] {
  const firsts = new Map(findings.toReversed().map((finding) => [finding.rule, finding]));
  return [...firsts.values()].map((first) => {
    const group = findings.filter(({ rule }) => rule === first.rule);
    const severity = SEVERITIES.find((candidate) => group.some((finding) => finding.severity === candidate)) ?? 'info';
    const security = SECURITY_SEVERITY[severity];
    const page = first.attack === undefined ? undefined : techniquePage(first.attack);
    const tags = ['security', first.category, ...(first.attack === undefined ? [] : [`mitre-attack/${first.attack}`])];
    return {
      id: first.rule,
      name: nameOf(first.rule),
      shortDescription: { text: messageText(first.title) },
      fullDescription: { text: messageText(first.title) },
      help: { text: messageText(first.advice) },
      ...(page === undefined ? {} : { helpUri: page }),
      defaultConfiguration: { level: LEVELS[severity] },
      properties: { tags, ...(security === undefined ? {} : { 'security-severity': security }) },
    };
  });
}

/** `DYN-EXEC-SHELL` as `DynExecShell`, the form of a rule's name (2.1.0, 3.49.7). */
function nameOf(rule: string): string {
  return rule
    .split('-')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('');
}

interface ResultContext {
  readonly rules: ReadonlyMap<string, number>;
  readonly placeOf: PlaceOf;
}

function describeResults(scan: ScanReport, scanIndex: number, { rules, placeOf }: ResultContext): sarif.Result[] {
  const place = { ...placeOf(scan.model.path), index: scanIndex };
  const seen = new Map<string, number>();
  const headline = headlineOf(scan);
  const all: readonly { finding: Finding; suppression?: Suppression }[] = [
    ...scan.findings.map((finding) => ({ finding })),
    ...(scan.suppressed ?? []),
  ];
  return all.map(({ finding, suppression }) => {
    const identity = identify(place, finding);
    const nth = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, nth);
    return {
      ruleId: finding.rule,
      ruleIndex: rules.get(finding.rule) ?? -1,
      level: LEVELS[finding.severity],
      message: {
        text: messageText(
          finding === headline.finding ? `${headline.sentence} ${finding.explanation}` : finding.explanation,
        ),
      },
      locations: [locate(place, finding)],
      partialFingerprints: { 'dynscanFinding/v2': `${identity}:${nth}` },
      occurrenceCount: finding.count,
      ...(finding.baselineState === undefined ? {} : { baselineState: finding.baselineState }),
      ...(suppression === undefined ? {} : { suppressions: [describeSuppression(suppression)] }),
      ...describeStack(finding),
      properties: {
        severity: finding.severity,
        engine: finding.engine,
        category: finding.category,
        title: finding.title,
        ...(finding.phase === undefined ? {} : { phase: finding.phase }),
        ...(finding.attack === undefined ? {} : { attack: finding.attack }),
        ...(finding.cause === undefined ? {} : { cause: finding.cause }),
        evidence: finding.evidence,
      },
    };
  });
}

/** By the address below the root, so that a checkout elsewhere gives the same. */
function identify({ uri }: sarif.ArtifactLocation, finding: Finding): string {
  return createHash('sha256')
    .update(JSON.stringify([uri, identityOf(finding)]))
    .digest('hex')
    .slice(0, 32);
}

/** In a file beside the code, not in the model: that is what SARIF calls external (2.1.0, 3.35.2). */
function describeSuppression({ reason, by, created, expires }: Suppression): sarif.Suppression {
  const properties = {
    ...(by === undefined ? {} : { by }),
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
  };
  return {
    kind: 'external',
    status: 'accepted',
    justification: messageText(reason),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

/**
 * The line is that of the pickle's disassembly, which the editor shows in place of the bytes.
 * An offset in a member of an archive is none in the file, so it goes to the logical location with the member's name. Code scanning services
 * show no result without a line: what has none is about the file, and stands at its beginning.
 */
function locate(artifactLocation: sarif.ArtifactLocation, finding: Finding): sarif.Location {
  const place: Pick<Evidence, 'offset' | 'member' | 'disassemblyLine'> | undefined =
    finding.evidence.find(({ offset }) => offset !== undefined) ?? finding.cause?.pickle ?? finding.evidence[0];
  const { offset, member, disassemblyLine } = place ?? {};
  const line = disassemblyLine === undefined ? {} : { startLine: disassemblyLine };
  return {
    physicalLocation: {
      artifactLocation,
      region: offset === undefined || member !== undefined ? BEGINNING : { byteOffset: offset, ...BEGINNING, ...line },
    },
    ...(member === undefined
      ? {}
      : {
          logicalLocations: [
            {
              fullyQualifiedName: member,
              kind: 'member',
              ...(offset === undefined ? {} : { properties: { offset, ...line } }),
            },
          ],
        }),
  };
}

const BEGINNING: sarif.Region = { startLine: 1 };

/** Frames name files inside the sandbox, which are no artifacts of the reader, so they are given as text. */
function describeStack({ cause }: Finding): Pick<sarif.Result, 'stacks'> {
  if (cause?.frames === undefined || cause.frames.length === 0) return {};
  return {
    stacks: [
      {
        frames: cause.frames.map((frame) => ({
          location: {
            message: { text: messageText(`${frame.file}:${frame.line} in ${frame.function}`) },
            logicalLocations: [{ name: escapeText(frame.function), kind: 'function' }],
          },
        })),
      },
    ],
  };
}

function isComplete({ scans, problems = [], leftOut = [] }: ReportDocument): boolean {
  return problems.length === 0 && !leftOut.some(isUnseen) && scans.every(({ verdict }) => verdict !== 'inconclusive');
}

function describeProblem({ text, path }: Problem, placeOf: PlaceOf): sarif.Notification {
  return {
    descriptor: { id: NOT_DONE, index: 1 },
    level: 'error',
    message: { text: messageText(text) },
    ...(path === undefined ? {} : { locations: [{ physicalLocation: { artifactLocation: placeOf(path) } }] }),
  };
}

function describeLeftOut({ text, path, reason }: LeftOut, placeOf: PlaceOf): sarif.Notification {
  return {
    descriptor: { id: LEFT_OUT, index: 3 },
    level: isUnseen({ reason }) ? 'error' : 'note',
    message: { text: messageText(text) },
    locations: [{ physicalLocation: { artifactLocation: placeOf(path) } }],
  };
}

function describeNote(text: string): sarif.Notification {
  return { descriptor: { id: UNDERSTOOD, index: 2 }, level: 'note', message: { text: messageText(text) } };
}

function describeGaps(scan: ScanReport, index: number, placeOf: PlaceOf): sarif.Notification[] {
  return scan.coverage.gaps.map(({ text }) => ({
    descriptor: { id: NOT_SEEN, index: 0 },
    level: scan.verdict === 'inconclusive' ? 'error' : 'warning',
    message: { text: messageText(text) },
    locations: [{ physicalLocation: { artifactLocation: { ...placeOf(scan.model.path), index } } }],
  }));
}

/** Viewers turn `[text](place)` into a link (SARIF 2.1.0, 3.11.6); text from a model must not make one. */
function messageText(text: string): string {
  const parts = escapeText(text).split(']');
  return parts
    .map((part, at) => (parts[at + 1]?.startsWith('(') === true ? part.replaceAll('[', '\\[') : part))
    .join(']');
}
