import * as assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, global, pickle } from '../../../samples/assemble.mjs';
import { SCAN_LIMIT, Workbench } from './workbench.js';

const MODEL = 'needs-package.pkl';

describe('a person with a model that lacks a package', () => {
  let code: Workbench;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynscan-packages-'));
    await writeFile(join(folder, MODEL), pickle(call(global('imblearn.pipeline', 'Pipeline'))));
    await writeFile(join(folder, 'requirements.txt'), 'imbalanced-learn==0.12.3\n');
    code = await Workbench.open('dark', folder);
  });
  after(async () => {
    await code.close();
    await rm(folder, { recursive: true, force: true });
  });

  const dialog = () =>
    code.page.locator('.monaco-dialog-box', { hasText: 'Add imbalanced-learn to the sandbox images?' });
  const offer = () => code.notification('says which Python and which packages its code has');

  it('is offered to add it, and asked before it is done', async () => {
    await code.chooseFromMenu(code.file(MODEL), 'Scan Model');
    await code.scanned(/inconclusive/);
    await code
      .notification(/inconclusive/)
      .getByText('Add Packages')
      .click();
    await dialog().getByText('Cancel', { exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  it('is offered it in the report, too', async () => {
    await code.showModels();
    await code.chooseFromMenu(code.model(MODEL), 'Show Report');
    await code.report.getByText('Add Packages…').click();
    await dialog().getByText('Cancel', { exact: true }).click();
  });

  it('is asked once whether the sandbox is to have the versions of the folder', async () => {
    await offer().getByText('Keep the Usual Ones').click();
    await offer().waitFor({ state: 'detached' });
    await code.showSandbox();
    // The offer of a scan comes a moment after its end, so well before the end of the next scan.
    for (let scan = 0; scan < 2; scan++) {
      await code.chooseFromMenu(code.model(MODEL).first(), 'Scan Model');
      await code.model('Running Scans').waitFor();
      await code.model('Running Scans').waitFor({ state: 'detached', timeout: SCAN_LIMIT });
    }
    assert.equal(await offer().count(), 0);
  });
});
