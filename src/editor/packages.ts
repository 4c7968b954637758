import { l10n, type Uri } from 'vscode';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { ADD_PACKAGES, missingPackages } from './offers.js';
import type { Results } from './results.js';
import type { ScanController } from './scan-controller.js';
import { readSettings } from './settings.js';
import { window } from './surfaces.js';
import { requireTrust } from './trust.js';
import { modelName } from './appearance.js';

/** Adds the packages that a model lacked to the user's list, after the user agrees, and scans it again. */
export async function addPackages(app: App, results: Results, scans: ScanController, uri: Uri): Promise<void> {
  requireTrust();
  const { addRequirements, isKnownDistribution } = await app.engine();
  const packages = missingPackages(results.report(uri));
  if (packages.length === 0) throw new UserError(l10n.t('The last scan of {0} lacked no package.', modelName(uri)));
  const unknown = packages.filter((name) => !isKnownDistribution(name));
  const question = l10n.t('Add {0} to the sandbox images?', packages.join(', '));
  const detail = [
    l10n.t('pip installs from your package index, wheels only, for all models that are scanned from now on.'),
    l10n.t(
      'The next scan adds to its image what the model needs, which takes a minute or two. The list is yours to change.',
    ),
    ...(unknown.length > 0
      ? [
          l10n.t(
            'Of {0} only the project of the model says that it is needed: add it if you would install that project.',
            unknown.join(', '),
          ),
        ]
      : []),
  ];
  if ((await window.showInformationMessage(question, { detail }, ADD_PACKAGES)) !== ADD_PACKAGES) return;
  const { path, present } = await addRequirements(await readSettings(app), packages);
  app.log.info(`Added ${packages.join(', ')} to ${path}`);
  if (present.length === packages.length)
    throw new UserError(
      l10n.t('{0} has {1} already, so it is something else that the model lacks.', path, present.join(', ')),
    );
  await scans.scan([uri], { staticOnly: false });
}
