/**
 * The report: the types every room shares, and their one definition. The published JSON Schema
 * (`docs/report.schema.json`) is generated from here, and reports read back from disk are validated with it.
 */
import * as z from 'zod';
import { CATEGORIES, SEVERITIES, VERDICTS } from './terms.js';

export type { Severity } from './terms.js';

export const REPORT_SCHEMA = 'dynscan-report/1';

export const severitySchema = z.enum(SEVERITIES);

export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

export const categorySchema = z.enum(CATEGORIES);
export type Category = z.infer<typeof categorySchema>;

export const engineSchema = z.enum(['static', 'dynamic']);
export type Side = z.infer<typeof engineSchema>;

/** What the sandbox was doing: starting Python, importing the framework, loading the model, using it, dropping it, leaving the interpreter, after it. */
export const PHASES = ['start', 'import', 'load', 'use', 'collect', 'exit', 'after'] as const;
export const phaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof phaseSchema>;

export const frameSchema = z.strictObject({
  file: z.string(),
  line: z.int().min(0),
  function: z.string(),
});
export type Frame = z.infer<typeof frameSchema>;

export const evidenceSchema = z.strictObject({
  /** A raw trace line, or bytes of the file shown as text. Control characters are escaped. */
  text: z.string(),
  pid: z.int().optional(),
  /** Seconds since the sandboxed process started. */
  time: z.number().optional(),
  /** Line number in the trace. */
  line: z.int().optional(),
  /** Byte offset in the file, or in `member`. */
  offset: z.int().min(0).optional(),
  /** Path inside an archive. */
  member: z.string().optional(),
  /** Line of the opcode in the disassembly of the pickle that it stands in, from 1. */
  disassemblyLine: z.int().min(1).optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const causeSchema = z.strictObject({
  /** Python frames, innermost first. A model can forge them: they inform, they excuse nothing. */
  frames: z.array(frameSchema).optional(),
  pickle: z
    .strictObject({
      /** `module.name` as the pickle asks for it. */
      global: z.string(),
      /** Byte offset of the opcode in the file, or in `member`. */
      offset: z.int().min(0).optional(),
      member: z.string().optional(),
    })
    .optional(),
});
export type Cause = z.infer<typeof causeSchema>;

/** Parts of what happened, from which a sentence can be made without reading another (core/headline.ts); escaped and cut, each absent where it is not known. */
const factsSchema = z.strictObject({
  /** The program that was started, and its arguments. */
  argv: z.array(z.string()).exactOptional(),
  /** The texts and numbers that a call in the file is given, in their order. */
  given: z.array(z.string()).exactOptional(),
  /** The program text that is run, in lines. */
  code: z.array(z.string()).exactOptional(),
  /** Where the value of a canary went. `place`: the other end as `203.0.113.7 port 80`, the name asked for, the command, or the path. */
  destination: z
    .strictObject({ way: z.enum(['send', 'look-up', 'command', 'file']), place: z.string() })
    .exactOptional(),
});
export type Facts = z.infer<typeof factsSchema>;

export const findingSchema = z.strictObject({
  /** Stable id such as `DYN-EXEC-SHELL`. */
  rule: z.string(),
  engine: engineSchema,
  severity: severitySchema,
  category: categorySchema,
  title: z.string(),
  /** Plain words with the real values: process, act, object, result. */
  explanation: z.string(),
  evidence: z.array(evidenceSchema),
  /** How many times it happened; evidence keeps the first few. */
  count: z.int().min(1),
  phase: phaseSchema.optional(),
  cause: causeSchema.optional(),
  /** Attack chain: findings with the same value have one cause; the times of their evidence put them in order. */
  story: z.string().optional(),
  /** What a dynamic finding is about (a path, an address, a program), the same in every run of the same model. */
  subject: z.string().optional(),
  /** The canary of this scan that it is about. `taken`: its value went to another place; `seen`: only its presence was asked for. */
  decoy: z
    .strictObject({
      name: z.string(),
      /** Absent for one that is no file. */
      path: z.string().optional(),
      use: z.enum(['taken', 'changed', 'read', 'seen']),
    })
    .optional(),
  facts: factsSchema.exactOptional(),
  /** Set when the scan was compared with a baseline: `unchanged` findings are in it. */
  baselineState: z.enum(['new', 'unchanged']).optional(),
  /** MITRE ATT&CK technique id. */
  attack: z.string().optional(),
  advice: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** A day, `2026-12-31`, in UTC. */
export const daySchema = z.iso.date();

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** A user's decision that findings of one rule in one content do not count. */
const decisionSchema = z.strictObject({
  /** Id of the rule, such as `DYN-EXEC-SHELL`. */
  rule: z.string().regex(/^[A-Z][A-Z0-9-]{0,99}$/),
  /** SHA-256 of the model's file, 64 small hexadecimal digits: another content is another decision. */
  sha256: sha256Schema.optional(),
  /** In its place for a model that is a folder: what its report calls so. A file is never the same content as a folder. */
  folderSha256: sha256Schema.optional(),
  /** For a model with code of its own, the `codeSha256` of its report: other code needs another decision. */
  codeSha256: sha256Schema.optional(),
  /** The reason, for reviewers. */
  reason: z.string().trim().min(1).max(1000),
  /** The user who decided, by a name of their choice. */
  by: z.string().trim().min(1).max(200).optional(),
  /** The day of the decision. */
  created: daySchema.optional(),
  /** The last day on which it holds. */
  expires: daySchema.optional(),
});
export const suppressionSchema = decisionSchema
  .refine(({ sha256, folderSha256 }) => (sha256 === undefined) !== (folderSha256 === undefined), {
    error: 'either sha256 or folderSha256 is needed, to say which content is meant',
  })
  .meta({ oneOf: [{ required: ['sha256'] }, { required: ['folderSha256'] }] });
export type Suppression = z.infer<typeof suppressionSchema>;

export const suppressedFindingSchema = z.strictObject({ finding: findingSchema, suppression: suppressionSchema });
export type SuppressedFinding = z.infer<typeof suppressedFindingSchema>;

export const processSchema = z.strictObject({
  pid: z.int(),
  parent: z.int().optional(),
  /** True for a thread of `parent`'s process. */
  thread: z.boolean(),
  /** The program and its arguments after the last successful execve; empty until one is seen. */
  argv: z.array(z.string()),
  /** Seconds since the sandboxed process started. */
  start: z.number().optional(),
  end: z.number().optional(),
  exitCode: z.int().optional(),
  /** Signal that killed it. */
  signal: z.string().optional(),
});
export type ProcessNode = z.infer<typeof processSchema>;

export const timelineEntrySchema = z.strictObject({
  time: z.number(),
  pid: z.int(),
  phase: phaseSchema,
  /** One call in words. */
  text: z.string(),
  severity: severitySchema.optional(),
  rule: z.string().optional(),
  line: z.int().optional(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const conversationSchema = z.strictObject({
  /** `HTTP`, `HTTPS`, `DNS`, `SMTP`, `TLS`, `TCP`, `UDP`, `unix` … */
  protocol: z.string(),
  address: z.string(),
  port: z.int().optional(),
  /** The name asked for, when one was. */
  name: z.string().optional(),
  /** Absent when the trace does not show the process. */
  pid: z.int().optional(),
  /** Of HTTP the request line and the headers, of DNS the type and the name asked for; escaped. */
  request: z.strictObject({ line: z.string(), headers: z.array(z.string()) }).optional(),
  /** Of DNS the addresses that came back. */
  answers: z.array(z.string()).exactOptional(),
  /** What each side said, without the headers of HTTP, unpacked and decoded where it can be, in lines; escaped and cut. */
  content: z.strictObject({ sent: z.array(z.string()), received: z.array(z.string()) }).exactOptional(),
  /** First bytes sent, escaped; of an encrypted conversation that the sandbox answered, the decrypted data. */
  sent: z.string(),
  received: z.string(),
  bytesSent: z.int().min(0),
  bytesReceived: z.int().min(0),
  result: z.string(),
});
export type Conversation = z.infer<typeof conversationSchema>;

export const limitHitSchema = z.strictObject({
  /** Which limit. */
  limit: z.enum(['time', 'memory', 'processes', 'files', 'disk', 'trace', 'output', 'settle']),
  /** What happened and what the limit was, in words. */
  text: z.string(),
});
export type LimitHit = z.infer<typeof limitHitSchema>;

export const loadOutcomeSchema = z.strictObject({
  /**
   * `loaded`: the load returned and the interpreter left normally. `raised`: a Python error. `missing-dependency`: an import that the image
   * lacks. `left`: the process ended before the load returned. `crashed`: killed by a signal. `stopped`: a limit or the user ended it.
   */
  outcome: z.enum(['loaded', 'raised', 'missing-dependency', 'left', 'crashed', 'stopped', 'not-run']),
  /** Python type of the object, `module.QualifiedName`. */
  type: z.string().optional(),
  error: z
    .strictObject({
      type: z.string(),
      message: z.string(),
      phase: phaseSchema,
      /** Innermost first. */
      frames: z.array(frameSchema),
    })
    .optional(),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  /**
   * Names of `__main__` that the file asks for and nothing beside it defines, and that a stub class replaced: none of their own code was run. Absent
   * when there were none.
   */
  standIns: z.array(z.string()).optional(),
  /** Python files that define all of these, from the folder of the model; absent when there are none. */
  definedIn: z.array(z.string()).optional(),
  /** What the sandbox tried to do with the object and could not, each with the last reason; absent when all worked. */
  notUsed: z.array(z.string()).optional(),
  /**
   * Methods of the model's own classes, and whether each ran while the sandbox used the model, as the model's interpreter tells it; absent when there are
   * none, or the interpreter cannot tell.
   */
  methods: z.array(z.strictObject({ name: z.string(), ran: z.boolean() })).exactOptional(),
  /** The module that an import could not find. */
  missing: z.string().exactOptional(),
  /** Packages of PyPI that have what the image lacked, where they are known; `dynscan image add` adds them. */
  packages: z.array(z.string()).optional(),
});
export type LoadOutcome = z.infer<typeof loadOutcomeSchema>;

export const engineRunSchema = z.strictObject({
  engine: engineSchema,
  /** `incomplete`: it ran but did not see everything. */
  status: z.enum(['completed', 'incomplete', 'failed', 'skipped']),
  /** Why, for all but `completed`. */
  reasons: z.array(z.string()),
});
export type EngineRun = z.infer<typeof engineRunSchema>;

/** A coverage gap, by its source: the format of the file, one of the engines, the load outcome, a limit. */
const gapSchema = z.strictObject({
  kind: z.enum(['format', 'static', 'dynamic', 'unknown-call', 'load', 'limit', 'stand-ins']),
  /** A whole sentence. */
  text: z.string(),
});
export type Gap = z.infer<typeof gapSchema>;

/** What a verdict depends on beside the findings: it stays the same whatever users decide about those. */
const coverageSchema = z.strictObject({
  /** Empty when the scan saw everything. */
  gaps: z.array(gapSchema),
  /** The reason of a clean verdict, which says what was seen; a whole sentence. */
  ifClean: z.string(),
});
export type Coverage = z.infer<typeof coverageSchema>;

/** One scan as it is published. */
export const publishedScanSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  tool: z.strictObject({ name: z.literal('dynscan'), version: z.string() }),
  model: z.strictObject({
    /** For a model that is a folder, the file by which it was detected, such as `config.json`. */
    path: z.string(),
    /** Format id, see `src/core/formats.ts`; `unknown` when the content is of none. */
    format: z.string(),
    /** Bytes, of all files of a folder together. */
    size: z.int().min(0),
    /** How many files, of a model that is a folder. */
    files: z.int().min(1).optional(),
    /** Hash of a model of one file. Absent when it could not be read to its end. */
    sha256: z.string().optional(),
    /**
     * Of a model that is a folder: SHA-256 of `dynscan-folder/1`, a zero byte and what `sha256sum --zero` prints of its files (hash, two blanks, path in
     * the folder and a zero byte each, in order of the paths' bytes). It is compared with that of another folder alone, never with a file's `sha256`.
     */
    folderSha256: z.string().optional(),
    /**
     * Of the code that comes with it (`ownCode`): SHA-256 of `dynscan-code/1`, a zero byte and what `sha256sum --zero` prints of its files, in order
     * of their paths. Absent when there is none. A decision about a model applies to it with this code.
     */
    codeSha256: z.string().optional(),
  }),
  /** The test case that loaded the model in place of DynScan's own loader; absent when there was none, or nothing was run. */
  testCase: z
    .strictObject({
      path: z.string(),
      sha256: z.string(),
      /** What it is called in the sandbox: frames of its lines name this file. */
      file: z.string(),
    })
    .optional(),
  /** Modules of the model's own project that loading it imports, in order of their paths; absent when there are none. */
  ownCode: z
    .array(
      z.strictObject({
        /** From the folder of the model. */
        path: z.string(),
        sha256: sha256Schema,
        /** Whether the sandbox had it, so that loading could run it. */
        mounted: z.boolean(),
      }),
    )
    .exactOptional(),
  /** ISO 8601, UTC. */
  started: z.string(),
  verdict: verdictSchema,
  /** What the model would do, or why nothing is known of that, in one sentence (core/headline.ts). Reports of earlier versions have none. */
  headline: z.string().exactOptional(),
  /** The verdict's reasons, one sentence each. */
  reasons: z.array(z.string()),
  engines: z.array(engineRunSchema),
  findings: z.array(findingSchema),
  /** Suppressed findings: they are not among `findings` and decide nothing. Absent when there are none. */
  suppressed: z.array(suppressedFindingSchema).optional(),
  load: loadOutcomeSchema,
  processes: z.array(processSchema),
  timeline: z.array(timelineEntrySchema),
  /** Timeline entries left out because of their bound. */
  timelineOmitted: z.int().min(0),
  conversations: z.array(conversationSchema),
  limits: z.array(limitHitSchema),
  /** What the model printed, escaped and cut. */
  output: z.strictObject({ stdout: z.string(), stderr: z.string(), omittedBytes: z.int().min(0) }),
  trace: z.strictObject({
    lines: z.int().min(0),
    bytes: z.int().min(0),
    unparsed: z.int().min(0),
    unparsedExamples: z.array(z.string()),
    /** Where the raw trace was written; absent when it was not requested. */
    file: z.string().optional(),
  }),
  sandbox: z
    .strictObject({
      image: z.string(),
      engine: z.string(),
      /** Seconds of waiting that were skipped. */
      skippedSleep: z.number().min(0),
      /** Where the image follows the provenance of the model: its Python, the packages that were added for it, and the source of that information. */
      variant: z
        .strictObject({ python: z.string(), packages: z.array(z.string()), why: z.array(z.string()) })
        .exactOptional(),
    })
    .optional(),
  /** Seconds. */
  durations: z.record(z.string(), z.number()),
});

export type PublishedScan = z.infer<typeof publishedScanSchema>;

/**
 * One scan inside the program: `reasons` are published as sentences, `coverage` keeps what they were made of. The headline is made when it is shown.
 * Example: `report.findings.filter(({ severity }) => severity === 'critical')`.
 */
export const scanReportSchema = publishedScanSchema.omit({ headline: true }).extend({ coverage: coverageSchema });
export type ScanReport = z.infer<typeof scanReportSchema>;

/** Why a request could not be done in full, beside what the reports of its models say. */
export const problemSchema = z.strictObject({
  /** What happened, why, and what to do: whole sentences, escaped. */
  text: z.string(),
  /** The file or folder that it is about. */
  path: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * Why something in a folder was left out. `unreadable`: it could not be opened. `linked-folder`: a link to a folder that was not searched. `no-file`:
 * named like a model, and a pipe, a socket, a device or a link that leads nowhere. `too-many`: the search ended before it. `ignored`: by a `.dynscanignore` that was found and not named.
 * `asked`: by the setting `skipFolders`, `--exclude` or `--exclude-from`; only this keeps no document from being clean.
 */
export const LEFT_OUT_REASONS = ['unreadable', 'linked-folder', 'no-file', 'too-many', 'ignored', 'asked'] as const;

/** An entry of a folder that could be a model, or hold one, and was not scanned. */
export const leftOutSchema = z.strictObject({
  path: z.string(),
  reason: z.enum(LEFT_OUT_REASONS),
  /** What it is, why it was left out, and what to do: whole sentences, escaped. */
  text: z.string(),
});
export type LeftOut = z.infer<typeof leftOutSchema>;

/** What `--format json` prints: one document for all models. */
export const reportDocumentSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  tool: z.strictObject({ name: z.literal('dynscan'), version: z.string() }),
  /** The worst of all scans; never `clean` when there are problems, or something was left out without the user's request. */
  verdict: verdictSchema,
  scans: z.array(publishedScanSchema),
  /** Absent when there are none. */
  problems: z.array(problemSchema).optional(),
  /** Entries of the folders that were not scanned; absent when there are none. */
  leftOut: z.array(leftOutSchema).optional(),
  /** How the request was understood, such as which settings file was found; escaped. Absent when there is nothing to say. */
  notes: z.array(z.string()).optional(),
});
export type PublishedDocument = z.infer<typeof reportDocumentSchema>;

export type ReportDocument = Omit<PublishedDocument, 'scans'> & { readonly scans: ScanReport[] };
