/** The bundle of `dynscan mcp` (`dist/mcp.js`): the protocol's library is loaded for this command alone. */
export { serveMcp } from './cli/mcp.js';
