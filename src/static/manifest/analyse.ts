/** The analysers of configuration files: each reads its syntax, one judge judges the values. */
import type { ByteSource } from '../../readers/bytes.js';
import { analyseTemplateText } from '../jinja/analyse.js';
import { memberOf, type UnlocatedMatch, type Analyser, type AnalysisContext, type Location } from '../context.js';
import { isKerasConfig, judgeKerasConfig } from '../keras/config.js';
import { parsePythonJson } from '../../readers/python-json.js';
import { MxnetJudge } from '../mxnet/symbol-judge.js';
import { OpenVinoJudge } from '../openvino/openvino-judge.js';
import { PmmlJudge } from '../pmml/pmml-judge.js';
import { pythonIn, readModules } from '../python-source/modules.js';
import { secretHits } from '../secrets/find.js';
import { judgeSkopsObject } from '../skops/schema-judge.js';
import { readIni } from './ini.js';
import { isVocabulary, ManifestJudge, shownPath } from './manifest-judge.js';
import { bytesSource } from '../../readers/bytes.js';
import { walkJson } from '../../readers/json-tokens.js';
import { judgeRequirement, requirementLines } from './requirements.js';
import { readText, type Text } from '../../readers/text.js';
import { readToml } from './toml.js';
import { judgeXml, walkXml } from './xml.js';
import { readYaml, yamlValue } from './yaml.js';
import { addAll } from '../../core/lists.js';

/** The largest tokenizers have some 35 MB. */
const JSON_LIMIT = 48 * 1024 * 1024;
const XML_LIMIT = 32 * 1024 * 1024;
/** Of YAML, TOML, INI and lists of packages, which users write by hand. */
const WRITTEN_LIMIT = 2 * 1024 * 1024;

export const analyseJson: Analyser = async (source, place, job) => {
  const text = await readText(source, JSON_LIMIT);
  const judge = new ManifestJudge();
  const skops = judgeSkopsObject();
  const mxnet = new MxnetJudge();
  const secrets: UnlocatedMatch[] = [];
  const keras = { seen: false };
  const named = /\.json$/i.test(place.name ?? '') || place.expected === 'json';
  for (let start = 0; start < text.text.length;) {
    const walk = walkJson(
      text.text,
      {
        value: (path, value, at) => {
          judge.value(path, value, at);
          skops.value(path, value, at);
          mxnet.value(path, value, at);
          if (typeof value === 'string' && value.length >= 16 && !isVocabulary(path))
            addAll(
              secrets,
              secretHits(value, () => at, secrets.length < 50 ? shownPath(path) : ''),
            );
        },
        key: (path, key, at, twice) => {
          keras.seen ||= key === 'class_name';
          mxnet.key(path, key);
          judge.key(path, key, at, twice);
        },
      },
      start,
    );
    if (walk.broken) {
      // Text that only begins like JSON is none.
      if (named) job.gap(place, `it is no JSON at byte ${text.byteAt(walk.broken.at)}: ${walk.broken.why}`);
      break;
    }
    start = walk.end;
    // One value after another, each on its line, is JSON Lines.
    if (!/\S/.test(text.text.slice(start, start + 10_000))) break;
  }
  const graph = mxnet.finish();
  if (graph.gap !== undefined) job.gap(place, graph.gap);
  const schema = skops.finish();
  for (const gap of schema.gaps) job.gap(place, gap);
  await finish(judge, [...secrets, ...schema.hits, ...graph.hits], text, source, place, job);
  for (const module of skops.modules) job.need(module);
  // The configuration of a model without its archive: `model_from_json` reads it as it is.
  const config = keras.seen ? parsePythonJson(text.text) : undefined;
  if (config && isKerasConfig(config.value)) await judgeKerasConfig(config.value, place, job);
};

export const analyseYaml: Analyser = async (source, place, job) => {
  const text = await written(source, place, job, (content, judge) => readYaml(content, judge));
  // `model_from_yaml` of Keras 2 reads the configuration of a model so.
  if (!/^["']?class_name["']?\s*:/m.test(text)) return;
  const config = yamlValue(text);
  if (!config) job.gap(place, 'its values cannot be put together, so that layers of Keras in it were not judged');
  else if (isKerasConfig(config.value)) await judgeKerasConfig(config.value, place, job);
};

export const analyseToml: Analyser = async (source, place, job) => {
  await written(source, place, job, (text, judge) => readToml(text, judge));
};

export const analyseIni: Analyser = async (source, place, job) => {
  await written(source, place, job, (text, judge) => {
    readIni(text, judge);
    return undefined;
  });
};

export const analyseRequirements: Analyser = async (source, place, job) => {
  await written(source, place, job, (text, judge) => {
    for (const { line, at } of requirementLines(text)) {
      judge.installed(line);
      for (const hit of judgeRequirement(line))
        judge.hits.push({ ...hit, evidence: hit.evidence.map((shown) => ({ ...shown, offset: at })) });
    }
    return undefined;
  });
};

export const analyseXml: Analyser = async (source, place, job) => {
  const text = await readText(source, XML_LIMIT);
  const judge = new ManifestJudge();
  const pmml = new PmmlJudge();
  const openVino = new OpenVinoJudge();
  const general = judgeXml(judge);
  const broken = walkXml(text.text, {
    ...general,
    element: (name, attributes, path, at) => {
      general.element?.(name, attributes, path, at);
      pmml.element(name, attributes, path, at);
      openVino.element(name, attributes, path, at);
    },
    text: (content, path, at) => {
      general.text?.(content, path, at);
      pmml.text(content, path, at);
      openVino.text(content, path, at);
    },
  });
  if (broken !== undefined) job.gap(place, broken);
  if (openVino.gap !== undefined) job.gap(place, openVino.gap);
  await finish(judge, [...pmml.hits, ...openVino.hits, ...secretHits(text.text, (at) => at)], text, source, place, job);
};

async function written(
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
  read: (text: string, judge: ManifestJudge) => string | undefined,
): Promise<string> {
  const text = await readText(source, WRITTEN_LIMIT);
  const judge = new ManifestJudge();
  const broken = read(text.text, judge);
  if (broken !== undefined) job.gap(place, broken);
  await finish(
    judge,
    secretHits(text.text, (at) => at),
    text,
    source,
    place,
    job,
  );
  return text.text;
}

async function finish(
  judge: ManifestJudge,
  more: readonly UnlocatedMatch[],
  text: Text,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  judge.relate();
  const wanted = place.unloaded === true ? [] : [...judge.modules.keys(), ...judge.possible];
  if (place.unloaded !== true && place.depth === 0 && source.folder)
    for (const folder of judge.codeFolders) addAll(wanted, await pythonIn(source.folder, folder));
  const present = await readModules(wanted, source, place, job);
  for (const gap of judge.gaps) job.gap(place, gap);
  if (place.unloaded !== true)
    for (const { module, name, at } of judge.afar(present)) job.global(place, module, name, text.byteAt(at));
  const calls = judge.unknownCalls(present);
  if (calls !== undefined) job.gap(place, calls);
  for (const { name, bytes, loaded } of judge.pickles)
    await job.nested(
      bytesSource(bytes),
      { ...memberOf(place, `(pickle in ${name})`), guess: !loaded },
      loaded ? { expected: 'pickle' } : {},
    );
  if (!text.whole) job.gap(place, 'it is too long for a configuration: only its beginning was read');
  for (const hit of [...judge.finish(present), ...more]) {
    const evidence = hit.evidence.map((shown) =>
      shown.offset === undefined ? shown : { ...shown, offset: text.byteAt(shown.offset) },
    );
    job.add({ ...hit, place, evidence });
  }
  for (const { name, text: template, at, whole, rendered } of judge.templates)
    analyseTemplateText(template, place, job, { name, offset: text.byteAt(at), whole, rendered });
}
