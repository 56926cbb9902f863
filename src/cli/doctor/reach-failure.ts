import type { Environment } from './checkup.ts';
import type { Reach, Step } from './reach.ts';

interface Words {
  readonly message: string;
  readonly fix: string;
}

type Failure = { readonly step: Step; readonly code: string };

/** Codes of a chain that ends in no authority that Node trusts, as behind a company's inspecting proxy. */
const untrusted = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w*(ISSUER_CERT|VERIFY)\w*)$/;

/** Why a host was not reached, and what to do. `setting` is the one that names the host. */
export function wordsOf(host: string, setting: string, { failed, via, exempt }: Reach, env: Environment): Words {
  const failure: Failure = failed ?? { step: 'answer', code: 'UNKNOWN' };
  const { step, code } = failure;
  switch (step) {
    case 'proxy-address':
      return {
        message: 'HTTPS_PROXY does not hold the address of a proxy.',
        fix: 'Set it to an address such as `http://proxy.example:3128`, or take it out where no proxy is needed.',
      };
    case 'name':
      return {
        message: `DNS gives no address for ${via ?? host} (${code}).`,
        fix: via === undefined ? `Check the network, DNS and ${setting}; ${proxyHint(exempt)}` : checkProxy,
      };
    case 'connection':
      return {
        message: `No connection to ${via === undefined ? host : `the proxy ${via}`} (${code}).`,
        fix: via === undefined ? `Let it through the firewall; ${proxyHint(exempt)}` : checkProxy,
      };
    case 'tunnel':
      return tunnelWords(host, via ?? 'unknown', code);
    case 'certificate':
      return certificateWords(host, setting, code, env);
    case 'answer':
      return {
        message: `${host} accepts the connection but does not answer (${code}).`,
        fix: `Try again in a minute. If it stays so, something in between swallows the traffic: check the proxy, the firewall and ${setting}.`,
      };
  }
}

const checkProxy = 'Correct HTTPS_PROXY, or name the host in NO_PROXY if it can be reached without the proxy.';

function proxyHint(exempt: boolean): string {
  return exempt
    ? 'NO_PROXY takes this host out of HTTPS_PROXY: if only the proxy leads there, take the host out of NO_PROXY.'
    : 'if only a proxy leads out of this network, set HTTPS_PROXY to it.';
}

function tunnelWords(host: string, via: string, code: string): Words {
  if (code === 'STATUS_407') {
    return {
      message: `The proxy ${via} asks for a user name and a password.`,
      fix: 'Set HTTPS_PROXY to `http://user:password@host:port`, with special characters percent-encoded.',
    };
  }
  if (code === 'UNTRUSTED_PROXY') {
    return {
      message: `The certificate of the proxy ${via} is not trusted.`,
      fix: 'Set NODE_EXTRA_CA_CERTS to a PEM file with the root certificate of its authority, in the environment itself.',
    };
  }
  return {
    message: `The proxy ${via} does not let connections to ${host} through (${code.replace('STATUS_', 'status ')}).`,
    fix: `Have it allow CONNECT to ${host}, or name the host in NO_PROXY if it can be reached without the proxy.`,
  };
}

function certificateWords(host: string, setting: string, code: string, env: Environment): Words {
  if (untrusted.test(code)) return untrustedWords(host, code, env);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      message: `The certificate of ${host} is not valid at the time that this machine has (${code}).`,
      fix: 'Correct the clock of this machine first. If the clock is right, whoever runs that host has to renew its certificate.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `The certificate that answers for ${host} belongs to another host (${code}).`,
      fix: `Check ${setting}, and that no proxy or captive portal answers in its place.`,
    };
  }
  return {
    message: `No TLS connection to ${host} comes about (${code}).`,
    fix: `A firewall or proxy may cut it off: allow TLS 1.2 and 1.3 to ${host}, and check ${setting}.`,
  };
}

function untrustedWords(host: string, code: string, env: Environment): Words {
  const message = `The certificate of ${host} comes from an authority that Node does not trust (${code}).`;
  if (env['NODE_EXTRA_CA_CERTS']) {
    return {
      message,
      fix: 'The file of NODE_EXTRA_CA_CERTS does not hold the root certificate of the issuer below: add it there in PEM, and start again.',
    };
  }
  return {
    message,
    fix:
      "If the issuer below is your organization's, save its root certificate in PEM and set NODE_EXTRA_CA_CERTS to that file, in " +
      'the environment itself (an env file is read too late for it). If it is not, somebody is listening in.',
  };
}
