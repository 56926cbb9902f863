/** Microsoft Graph over HTTP. Knows nothing of MCP. */
export { createGraphPort } from './port.ts';
