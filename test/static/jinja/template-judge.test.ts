import { describe, expect, it } from 'vitest';
import { judgeTemplate } from '../../../src/static/jinja/template-judge.js';
import { STATIC_RULES } from '../../../src/static/rules.js';
import { CHAT_TEMPLATES } from './chat-templates.js';

const rules = (template: string) => judgeTemplate(template).hits.map(({ rule }) => rule);
const worst = (template: string) =>
  judgeTemplate(template).hits.map(({ rule }) => STATIC_RULES[rule].severity as string);

describe('a usual chat template gives nothing', () => {
  it.each(Object.entries(CHAT_TEMPLATES))('%s', (_, template) => {
    expect(judgeTemplate(template)).toEqual({ hits: [], gaps: [] });
  });
});

describe("a template that reaches Python's machinery is critical, however the name is spelled", () => {
  it.each([
    '{{ ().__class__.__mro__[1].__subclasses__() }}',
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__['os'] }}",
    "{{ namespace.__init__.__globals__.os.system('id') }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ ''['__class__'] }}",
    '{{ ""|attr("__class__") }}',
    '{{ ""|attr("\\x5f\\x5fclass\\x5f\\x5f") }}',
    '{{ ""|attr("\\137\\137class\\137\\137") }}',
    '{{ ""|attr("\\u005f_class\\N{LOW LINE}_") }}',
    '{{ ""|attr("__cla" "ss__") }}',
    '{{ ""["__cla" ~ "ss__"] }}',
    '{{ ""|attr("__cla" + "ss__") }}',
    '{{ ""|attr(["__cla","ss__"]|join) }}',
    '{{ ""|attr("__ssalc__"|reverse) }}',
    '{{ ""["__ssalc__"[::-1]] }}',
    '{{ ""|attr("%s%s"|format("__class","__")) }}',
    '{{ ""|attr("%c%cclass%c%c" % (95, 95, 95, 95)) }}',
    '{{ ""|attr("{0}{0}class{0}{0}".format("_")) }}',
    '{{ ""|attr("XXclassXX"|replace("X","_")) }}',
    '{{ ""|attr("__CLASS__"|lower) }}',
    '{{ ""|attr("_"*2 ~ "class" ~ "_"*2) }}',
    '{{ ""|attr((dict(__cla=a,ss__=a)|join)) }}',
    "{% set a = '__cla' %}{% set b = a ~ 'ss__' %}{{ ''[b] }}",
    "{% set a %}__class__{% endset %}{{ ''|attr(a) }}",
    "{% for a in ['__class__'] %}{{ x|attr(a) }}{% endfor %}",
    '{{ self._TemplateReference__context }}',
    "{{ x|map(attribute='__class__') }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{% macro m(a='__class__') %}{{ x|attr(a) }}{% endmacro %}",
    '{% raw %}{% endraw %}{{ x.__init__ }}',
    '{# c #}{%- if x.__globals__ -%}{%- endif -%}',
    '{% if true and (messages[0] | default(x.__class__)) %}{% endif %}',
    // What has no end is read all the same.
    '{{ x.__class__.__base__',
    `{{ ${'('.repeat(5000)}x.__class__ }}`,
  ])('%s', (template) => {
    expect(rules(template)).toContain('STATIC-JINJA-PYTHON');
  });
});

describe('what leads there by a detour is high', () => {
  it.each([
    ['a computed attribute', '{{ x|attr(request.args.a) }}', 'STATIC-JINJA-COMPUTED'],
    ['letters picked from elsewhere', '{{ ()|attr((lipsum|string)[18] ~ y) }}', 'STATIC-JINJA-COMPUTED'],
    ['half of a name', "{{ x['__' ~ y] }}", 'STATIC-JINJA-COMPUTED'],
    ['an index into nothing', '{{ ()[y] }}', 'STATIC-JINJA-COMPUTED'],
    ['another file', "{% include '/etc/passwd' %}", 'STATIC-JINJA-INCLUDE'],
    ['a library of macros', "{%- from 'x' import y -%}", 'STATIC-JINJA-INCLUDE'],
    ['a command', "{{ x.y.popen('id') }}", 'STATIC-JINJA-CALL'],
    ['a command by its key', "{{ x['sys' ~ 'tem']('id') }}", 'STATIC-JINJA-CALL'],
  ])('%s', (_, template, rule) => {
    expect(rules(template)).toContain(rule);
    expect(worst(template)).toContain('high');
  });
});

describe('less is told as less', () => {
  it.each([
    ['an object of a web program', '{{ config.items() }}', 'STATIC-JINJA-GLOBAL'],
    ['a private attribute', '{{ loop._iterable }}', 'STATIC-JINJA-PRIVATE'],
    ['a loop without end', '{% for i in range(10**9) %}a{% endfor %}', 'STATIC-JINJA-LOOP'],
    ['a text without end', "{{ 'a' * 999999999 }}", 'STATIC-JINJA-LOOP'],
    ['a wide text', "{{ 'a'|center(999999999) }}", 'STATIC-JINJA-LOOP'],
    ['a wide text by a method', "{{ 'a'.zfill(999999999) }}", 'STATIC-JINJA-LOOP'],
    ['a number without end', '{{ 9**999999999 }}', 'STATIC-JINJA-LOOP'],
    ['a filter that Jinja2 does not bring', '{{ x|shell }}', 'STATIC-JINJA-UNKNOWN'],
  ])('%s', (_, template, rule) => {
    expect(rules(template)).toEqual([rule]);
  });

  it('takes a usual width for what it is', () => {
    expect(rules("{{ messages[0].content|indent(4)|center(80) }}{{ 'a'.ljust(20) }}{{ 2**10 }}")).toEqual([]);
  });

  it('takes a name that the template gives itself for what it is', () => {
    expect(rules("{% set config = messages[0] %}{{ config['role'] }}")).toEqual([]);
  });
});

describe('hostile templates', () => {
  // The runner's time limit is what tells a hang.
  it.each([
    ['a text without end', '{{' + "\\'".repeat(200_000), 'no closing delimiter'],
    ['texts joined', '{{ "a"' + ' ~ "a"'.repeat(60_000) + ' }}', ''],
    ['attributes of attributes', '{{ x' + '.a'.repeat(200_000) + ' }}', 'nested too deep'],
    ['filters of filters', '{{ x' + '|replace("a","aaaaaaaaaaaaaaaa")'.repeat(10_000) + ' }}', 'nested too deep'],
    ['raw blocks', '{% raw %}'.repeat(50_000), 'a raw block has no end'],
    ['texts multiplied', '{%set a="__"*9999999999%}'.repeat(10_000), ''],
    [
      'loops in loops',
      `${'{% for a in range(1000) %}'.repeat(20)}{{ a }}${'{% endfor %}'.repeat(20)}`,
      'too long to be followed',
    ],
    [
      'macros that call themselves',
      `{% macro m(a) %}${'{{ m(a ~ a) }}'.repeat(2000)}{% endmacro %}{{ m("a") }}`,
      'too long to be followed',
    ],
    [
      'conditions over many names',
      `${Array.from({ length: 400 }, (_, i) => `{% set a${i} = "x" %}`).join('')}${'{% if b %}{% set c = "x" %}{% endif %}'.repeat(8000)}`,
      '',
    ],
    [
      'more names than are kept',
      Array.from({ length: 5000 }, (_, i) => `{% set a${i} = "x" %}`).join(''),
      'too long to be followed',
    ],
    ['spaces', ' '.repeat(400_000) + '{% generation %}', ''],
  ])('are read in bounded time: %s', (_, template, gap) => {
    const { gaps } = judgeTemplate(template);
    if (gap === '') expect(gaps).toEqual([]);
    else expect(gaps.join()).toContain(gap);
  });

  it('that nest too deep or never end are a gap', () => {
    expect(judgeTemplate(`{{ ${'['.repeat(50_000)} }}`).gaps.join()).toContain('nested too deep');
    expect(judgeTemplate('{{ a').gaps).toEqual([
      'the template cannot be read to its end: code has no closing delimiter',
    ]);
    expect(judgeTemplate(' '.repeat(600_000)).gaps.join()).toContain('only the first');
  });
});
