/** What VS Code runs when the extension has been uninstalled (`vscode:uninstall` in package.json); wiring only. */
import { uninstall } from './docker/uninstall.js';

void uninstall(__filename, process.argv.slice(2)).then(() => process.exit());
