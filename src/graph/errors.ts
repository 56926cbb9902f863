import { ToolError } from '../contract/index.ts';
import type { TransportFailure } from './failure.ts';
import { type GraphError, graphErrorOf, licenseProblemOf, saysSynced, saysTaken } from './graph-error.ts';
import { type GraphRequest, type GraphResponse, headerText, isRead } from './request.ts';
import { retryAfterMs } from './retry-after.ts';
import { licenseVerdicts, type Verdict, verdicts } from './verdicts.ts';

/** The error that an answer without success stands for. Graph's words stay out of it; its code is in `detail`. */
export function toolErrorOf(request: GraphRequest, response: GraphResponse, now: number): ToolError {
  const { status } = response;
  const error = graphErrorOf(response);
  if (!isRead(request) && tellsNothing(response)) return outcomeUnknown(request, response);
  const wait = status === 429 || status === 503 ? retryAfterMs(response.headers, now) : undefined;
  const [code, message, fix] = verdictOf(request, response, error, wait);
  const licenseProblem = error && licenseProblemOf(error);
  const detail = error?.details.find((each) => each.target !== undefined) ?? error?.details[0];
  return new ToolError(code, {
    message,
    fix,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...idOf(response),
    detail: {
      status,
      ...(error === undefined ? {} : { graphCode: error.code }),
      ...(licenseProblem === undefined ? {} : { licenseProblem }),
      ...(detail === undefined ? {} : { graphDetail: detail.code }),
      ...(detail?.target === undefined ? {} : { property: detail.target }),
    },
  });
}

/** True where a write may have happened all the same: any 5xx but 501, and a refusal to look after a lost answer. */
function tellsNothing({ status, afterLostAnswer }: GraphResponse): boolean {
  if (status >= 500) return status !== 501;
  return afterLostAnswer === true && (status === 429 || status === 401);
}

function verdictOf(
  request: GraphRequest,
  { status }: GraphResponse,
  error: GraphError | undefined,
  wait: number | undefined,
): Verdict {
  if (status === 429 || (status === 503 && wait !== undefined)) return verdicts.throttled;
  if (status >= 500) return status === 501 ? verdicts.notImplemented : verdicts.unavailable;
  if (status === 401) return verdicts.signIn;
  if (status === 410) return verdicts.syncReset;
  // A client error that is not in Graph's form was written by something between here and Graph.
  if (error === undefined || status < 400) return status < 400 ? verdicts.redirected : verdicts.notGraph;
  return byCode(error) ?? byStatus(status) ?? (isRead(request) ? verdicts.badRead : verdicts.badWrite);
}

function byCode(error: GraphError): Verdict | undefined {
  if (error.code === 'Request_UnsupportedQuery') return verdicts.unsupportedQuery;
  if (error.code === 'Authentication_RequestFromNonPremiumTenantOrB2CTenant') return verdicts.noPremium;
  if (/^(?:syncStateNotFound|resyncRequired)$/i.test(error.code)) return verdicts.syncReset;
  if (/^(?:Directory_ExpiredPageToken|DirectoryPageTokenNotFoundException)$/.test(error.code)) return verdicts.oldPage;
  if (error.code === 'MailboxNotEnabledForRESTAPI') return verdicts.noMailbox;
  if (saysTaken(error)) return verdicts.taken;
  if (saysSynced(error)) return verdicts.synced;
  const license = licenseProblemOf(error);
  if (license !== undefined) return licenseVerdicts[license];
  if (error.details.some((detail) => detail.code === 'InvalidValue')) return verdicts.invalidValue;
  return undefined;
}

function byStatus(status: number): Verdict | undefined {
  if (status === 403) return verdicts.notPermitted;
  if (status === 404) return verdicts.notFound;
  if (status === 409) return verdicts.conflict;
  if (status === 412) return verdicts.changedMeanwhile;
  return status === 414 ? verdicts.unsupportedQuery : undefined;
}

/** The error that a request without an answer stands for. */
export function toolErrorOfFailure(request: GraphRequest, failure: TransportFailure): ToolError {
  if (failure.sent && !isRead(request)) return outcomeUnknown(request, undefined, failure);
  const [code, message, fix]: Verdict =
    failure.kind === 'connect' ? connectVerdict(failure.reason) : verdicts[failure.kind];
  const { kind, reason } = failure;
  return new ToolError(code, {
    message,
    fix,
    detail: { failure: kind, ...(reason === undefined ? {} : { reason }) },
    cause: failure,
  });
}

function connectVerdict(reason = ''): Verdict {
  if (/^(?:ENOTFOUND|EAI_)/.test(reason)) return verdicts.dns;
  if (/CERT|SIGNATURE|TLS|SSL/.test(reason)) return verdicts.certificate;
  if (reason === 'UND_ERR_ABORTED') return verdicts.proxy;
  return verdicts.connect;
}

/** The error of a write of which nobody here can tell whether it happened. */
export function outcomeUnknown(request: GraphRequest, response?: GraphResponse, cause?: TransportFailure): ToolError {
  const { method, template, clientRequestId, repeat } = request;
  const error = response === undefined ? undefined : graphErrorOf(response);
  const look = method === 'POST' && repeat === 'once' ? 'Look for the new object' : 'Read the object again';
  const then = repeat === 'once' ? 'ask again only if it did not happen' : 'asking again does no harm';
  return new ToolError('OUTCOME_UNKNOWN', {
    message: `${method} ${template} was sent, but whether it took effect is not known.`,
    fix: `${look} to see whether it happened, after half a minute since Graph replicates late; ${then}.`,
    ...idOf(response),
    detail: {
      request: `${method} ${template}`,
      clientRequestId,
      ...(response === undefined ? {} : { status: response.status }),
      ...(error === undefined ? {} : { graphCode: error.code }),
      ...(cause === undefined ? {} : { failure: cause.kind }),
    },
    cause,
  });
}

function idOf(response: GraphResponse | undefined): { requestId?: string } {
  const requestId = response === undefined ? undefined : headerText(response.headers, 'request-id');
  return requestId === undefined ? {} : { requestId };
}

/** The error of an answer that is not what was asked for. `at` names the field, never its value. */
export function unexpectedAnswer(response: GraphResponse, at: string): ToolError {
  const [code, message, fix] = response.unreadable ? verdicts.notJson : verdicts.unexpected;
  return new ToolError(code, {
    message,
    fix,
    ...idOf(response),
    detail: { status: response.status, ...(response.unreadable ? {} : { field: at }) },
  });
}
