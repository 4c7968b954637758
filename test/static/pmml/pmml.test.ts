import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';

const pmml = (inside: string, head = '') =>
  `<?xml version="1.0"?>${head}<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header copyright="x"><Application name="JPMML" version="1"/></Header>${inside}</PMML>`;

describe('PMML', () => {
  it('of a regression gives nothing', async () => {
    const { findings, gaps } = await analyse(
      pmml(`<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
<TransformationDictionary><DerivedField name="y" optype="continuous" dataType="double"><Apply function="ln"><FieldRef field="x"/></Apply></DerivedField></TransformationDictionary>
<RegressionModel functionName="regression"><Extension name="x-source" value="sklearn"/><RegressionTable intercept="1.5"><NumericPredictor name="x" coefficient="2"/></RegressionTable></RegressionModel>`),
      'm.pmml',
    );
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it.each([
    [
      'a script in an extension',
      '<Extension name="onLoad" extender="python" value="import os&#10;os.system(\'id\')"/>',
      'STATIC-PMML-SCRIPT',
    ],
    [
      'a script as its text',
      "<Extension name='a'><![CDATA[subprocess.run(['id'])]]></Extension>",
      'STATIC-PMML-SCRIPT',
    ],
    ['a script element', '<Extension><script>java.lang.Runtime</script></Extension>', 'STATIC-PMML-SCRIPT'],
    ['a class as function', '<Apply function="java.lang.Runtime"><Constant>id</Constant></Apply>', 'STATIC-PMML-CLASS'],
  ])('with %s is told', async (_, inside, rule) => {
    expect((await analyse(pmml(inside), 'm.pmml')).rules).toContain(rule);
  });

  it('with many findings of one kind hides none of another', async () => {
    const many = '<Apply function="java.lang.Runtime"/>'.repeat(150);
    const { rules } = await analyse(pmml(`${many}<Extension><script>java.lang.Runtime</script></Extension>`), 'm.pmml');
    expect(rules).toContain('STATIC-PMML-SCRIPT');
  });

  it('with an external entity is told, and nothing is fetched', async () => {
    const doctype = '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    const { findings } = await analyse(pmml('<Extension>&x;</Extension>', doctype), 'm.pmml');
    expect(findings[0]).toMatchObject({ rule: 'STATIC-MANIFEST-ENTITY', severity: 'high' });
    expect(JSON.stringify(findings)).not.toContain('root:');
  });
});
