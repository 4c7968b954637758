/** The effects of TensorFlow's operations outside the graph. TensorFlow has no operation that is in neither list. */
import { TENSORFLOW_OPS } from '../../names/tensorflow-ops.js';
import type { TENSORFLOW_RULES } from './rules.js';

export type TensorFlowRule = keyof typeof TENSORFLOW_RULES;

export interface Reach {
  readonly rule: TensorFlowRule;
  /** Its effect, to be followed by a path: `reads the file`. */
  readonly does: string;
  /** The inputs, and the attributes, that name its target. */
  readonly inputs?: readonly number[];
  readonly attributes?: readonly string[];
  /**
   * Harmless models have it, with a path from the caller that loads or saves them: then only a path that the model fixes counts. `computed`: the path
   * may also come from a variable, like that of an asset.
   */
  readonly ordinary?: 'given' | 'computed';
  /** Harmless when these attributes and inputs are empty: it then stays in memory. */
  readonly unlessEmpty?: true;
}

/** Undefined for an operation that only computes, or is not TensorFlow's. */
export function reachOf(op: string): Reach | undefined {
  return REACH.get(op);
}

export function isKnownOp(op: string): boolean {
  return TENSORFLOW_OPS.has(op) || REACH.has(op);
}

const python = (attribute: string): Reach => ({
  rule: 'STATIC-TF-PYTHON',
  does: 'calls the Python function that is registered as',
  attributes: [attribute],
});
const reads = (inputs: readonly number[], does = 'reads the file'): Reach => ({ rule: 'STATIC-TF-READ', does, inputs });
const writes = (inputs: readonly number[], does = 'writes the file'): Reach => ({
  rule: 'STATIC-TF-WRITE',
  does,
  inputs,
});
const connects = (inputs: readonly number[], does = 'connects to'): Reach => ({
  rule: 'STATIC-TF-NETWORK',
  does,
  inputs,
});
const native = (attributes: readonly string[], does: string): Reach => ({ rule: 'STATIC-TF-NATIVE', does, attributes });
const lists = reads([0], 'lists the files that match');
const debugs: Reach = {
  rule: 'STATIC-TF-WRITE',
  does: 'sends what passes through it to',
  attributes: ['debug_urls'],
  unlessEmpty: true,
};
const protocol: Reach = {
  rule: 'STATIC-TF-READ',
  does: 'reads the descriptions of messages from',
  attributes: ['descriptor_source'],
  unlessEmpty: true,
};
const reader: Reach = { rule: 'STATIC-TF-READ', does: 'reads files that a queue names' };

/** The inputs and attributes are those of the operations' definitions in TensorFlow 2.21 (`TF_GetAllOpList`). */
const REACH: ReadonlyMap<string, Reach> = new Map<string, Reach>([
  ['PyFunc', python('token')],
  ['PyFuncStateless', python('token')],
  ['EagerPyFunc', python('token')],
  ['_ScopedAllocatorPyFunc', python('token')],

  ['ReadFile', reads([0])],
  ['MatchingFiles', lists],
  ['MatchingFilesDataset', lists],
  ['ExperimentalMatchingFilesDataset', lists],
  ['WholeFileReader', reader],
  ['WholeFileReaderV2', reader],
  ['TextLineReader', reader],
  ['TextLineReaderV2', reader],
  ['FixedLengthRecordReader', reader],
  ['FixedLengthRecordReaderV2', reader],
  ['TFRecordReader', reader],
  ['TFRecordReaderV2', reader],
  ['LMDBReader', reader],
  ['TextLineDataset', reads([0])],
  ['TFRecordDataset', reads([0])],
  ['TFRecordDatasetV2', reads([0])],
  ['FixedLengthRecordDataset', reads([0])],
  ['FixedLengthRecordDatasetV2', reads([0])],
  ['CSVDataset', reads([0])],
  ['CSVDatasetV2', reads([0])],
  ['ExperimentalCSVDataset', reads([0])],
  ['LMDBDataset', reads([0])],
  ['ExperimentalLMDBDataset', reads([0])],
  ['SqlDataset', reads([1], 'opens the database')],
  ['ExperimentalSqlDataset', reads([1], 'opens the database')],
  ['LoadDataset', reads([0], 'reads a data set from')],
  ['SnapshotDatasetReader', reads([0], 'reads a data set from')],
  ['SnapshotChunkDataset', reads([0], 'reads a data set from')],
  ['ListSnapshotChunksDataset', reads([0], 'lists the folder')],
  ['RecordInput', { rule: 'STATIC-TF-READ', does: 'reads the files', attributes: ['file_pattern'] }],
  ['ImmutableConst', { rule: 'STATIC-TF-READ', does: 'maps the file', attributes: ['memory_region_name'] }],
  ['Skipgram', { rule: 'STATIC-TF-READ', does: 'reads the file', attributes: ['filename'] }],
  [
    'FixedUnigramCandidateSampler',
    { rule: 'STATIC-TF-READ', does: 'reads the file', attributes: ['vocab_file'], unlessEmpty: true },
  ],
  ['LoadAndRemapMatrix', { ...reads([0], 'reads the checkpoint'), ordinary: 'given' }],
  ['GenerateVocabRemapping', { ...reads([0, 1]), ordinary: 'computed' }],
  ['InitializeTableFromTextFile', { ...reads([1]), ordinary: 'computed' }],
  ['InitializeTableFromTextFileV2', { ...reads([1]), ordinary: 'computed' }],
  ['DecodeProtoV2', protocol],
  ['EncodeProto', protocol],
  ['Restore', { ...reads([0], 'reads the checkpoint'), ordinary: 'given' }],
  ['RestoreSlice', { ...reads([0], 'reads the checkpoint'), ordinary: 'given' }],
  ['RestoreV2', { ...reads([0], 'reads the checkpoint'), ordinary: 'given' }],
  ['DTensorRestoreV2', { ...reads([0], 'reads the checkpoint'), ordinary: 'given' }],

  ['WriteFile', writes([0])],
  ['Save', { ...writes([0], 'writes a checkpoint to'), ordinary: 'given' }],
  ['SaveSlices', { ...writes([0], 'writes a checkpoint to'), ordinary: 'given' }],
  ['SaveV2', { ...writes([0], 'writes a checkpoint to'), ordinary: 'given' }],
  [
    'MergeV2Checkpoints',
    { ...writes([0, 1], 'moves checkpoints and deletes their old folder, to'), ordinary: 'given' },
  ],
  ['SaveDataset', writes([1], 'writes a data set to')],
  ['SaveDatasetV2', writes([1], 'writes a data set to')],
  ['DatasetToTFRecord', writes([1])],
  ['ExperimentalDatasetToTFRecord', writes([1])],
  ['SnapshotDataset', writes([1], 'writes a data set to')],
  ['SnapshotDatasetV2', writes([1], 'writes a data set to')],
  ['CacheDataset', { ...writes([1], 'writes a data set to'), unlessEmpty: true }],
  ['CacheDatasetV2', { ...writes([1], 'writes a data set to'), unlessEmpty: true }],
  ['CreateSummaryFileWriter', writes([1, 4], 'writes logs to')],
  ['CreateSummaryDbWriter', writes([1], 'writes the database')],
  ['DumpTensor', { rule: 'STATIC-TF-WRITE', does: 'writes the file', attributes: ['log_dir_path', 'file_name'] }],
  [
    'CalibrationStatisticsSaver',
    { rule: 'STATIC-TF-WRITE', does: 'writes the file', attributes: ['output_file_path'] },
  ],
  ['PrintV2', { rule: 'STATIC-TF-WRITE', does: 'prints to', attributes: ['output_stream'], unlessEmpty: true }],
  ['DebugIdentity', debugs],
  ['DebugIdentityV2', debugs],
  ['DebugIdentityV3', debugs],
  ['DebugNanCount', debugs],
  ['DebugNumericSummary', debugs],

  ['RemoteCall', connects([0], 'runs a function on')],
  ['RpcServer', connects([0], 'answers calls on')],
  ['RpcServerStart', connects([], 'answers calls of other machines')],
  ['RpcServerRegister', connects([1], 'lets other machines call')],
  ['RpcClient', connects([0])],
  ['RpcCall', connects([1], 'calls on another machine')],
  ['DataServiceDataset', connects([2])],
  ['DataServiceDatasetV2', connects([2])],
  ['DataServiceDatasetV3', connects([2])],
  ['DataServiceDatasetV4', connects([2])],
  ['RegisterDataset', connects([1])],
  ['RegisterDatasetV2', connects([1])],
  ['DistributedSave', connects([1, 2], 'has a data set written by')],
  ['FileSystemSetConfiguration', connects([0, 1, 2], 'changes the settings of a remote file system:')],

  [
    'DatasetFromGraph',
    { rule: 'STATIC-TF-HIDDEN-GRAPH', does: 'runs a graph that is written in the text', inputs: [0] },
  ],
  ['XlaCustomCall', native(['target_name'], 'calls the native function')],
  ['XlaCustomCallV2', native(['call_target_name'], 'calls the native function')],
  ['TRTEngineOp', native(['segment_func'], 'runs a compiled engine in place of')],
  ['RemoteFusedGraphExecute', native([], 'runs a graph on another processor')],
  ['Abort', { rule: 'STATIC-TF-ABORT', does: 'ends the process with the message', attributes: ['error_msg'] }],
]);
