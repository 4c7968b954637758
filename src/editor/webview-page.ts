import { randomBytes } from 'node:crypto';
import { Uri, type Webview } from 'vscode';

/** Lets a page run DynScan's own script, and nothing else of this machine. */
export function preparePage(webview: Webview, extensionUri: Uri, page: 'report' | 'inspector'): void {
  webview.options = { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
  webview.html = html(webview, extensionUri, page);
}

/**
 * The page loads only DynScan's own two files. The toolkit puts its styles in `<style>` elements, for which it takes the nonce from the `csp-nonce`
 * property.
 */
function html(webview: Webview, extensionUri: Uri, page: string): string {
  const nonce = randomBytes(16).toString('base64url');
  const file = (name: string): string => webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="${file(`${page}.css`)}">
<title>DynScan ${page}</title>
</head>
<body>
<main id="${page}" aria-live="off"></main>
<script nonce="${nonce}" src="${file(`${page}.js`)}"></script>
</body>
</html>`;
}
