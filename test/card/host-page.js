// A host with MCP Apps, made of the extension's own bridge: it shows one card, and passes its calls on to the test.
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';

const frame = document.querySelector('iframe');
/** What the card asked of the host. */
window.heard = { contexts: [], links: [] };

window.show = async ({ address, theme, capabilities, args, result }) => {
  const bridge = new AppBridge(null, { name: 'host', version: '1' }, capabilities, { hostContext: { theme } });
  bridge.oncalltool = (params) => window.callServer(params);
  bridge.onopenlink = async ({ url }) => {
    window.heard.links.push(url);
    return {};
  };
  bridge.onupdatemodelcontext = async (params) => {
    window.heard.contexts.push(params);
    return {};
  };
  bridge.addEventListener('sizechange', ({ height }) => {
    frame.style.height = `${height}px`;
  });
  const ready = new Promise((resolve) => bridge.addEventListener('initialized', resolve));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = address;
  await ready;
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result);
  window.dress = (theme) => bridge.setHostContext({ theme });
};
