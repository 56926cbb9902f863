import { z } from 'zod';
import { type Method, type MethodKind, methodCollections, passState } from '../authentication-methods.ts';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import { badRequest, invalidValue, notFound } from '../errors.ts';
import { contextOf } from '../listing.ts';
import { directoryTime } from '../people/generated.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { userOf } from './users.ts';

const typeOf = (kind: MethodKind): string => `#microsoft.graph.${kind}AuthenticationMethod`;

function shown({ tenant }: Call, method: Method): Record<string, unknown> {
  const { kind, id, values } = method;
  return { id, ...values, ...(kind === 'temporaryAccessPass' ? passState(method, tenant.now()) : {}) };
}

const withType = (call: Call, method: Method): Record<string, unknown> => ({
  '@odata.type': typeOf(method.kind),
  ...shown(call, method),
});

const methodsOf = (call: Call): readonly Method[] => call.tenant.authentication.of(userOf(call));

function methodOf(call: Call, kind: MethodKind | undefined): Method {
  const id = param(call, 'method').toLowerCase();
  const method = methodsOf(call).find((known) => known.id === id && (kind === undefined || known.kind === kind));
  if (method === undefined) throw notFound(param(call, 'method'));
  return method;
}

const context = (call: Call, collection: string, entity = false): string =>
  contextOf(call, `users('${userOf(call).id}')/authentication/${collection}`, undefined, entity);

// These lists know no query options: $select is taken and changes nothing.
const listed = (call: Call, collection: string, value: readonly Record<string, unknown>[]): Answer => ({
  status: 200,
  body: { '@odata.context': context(call, collection), value },
});

const record = (call: Call, activityDisplayName: string): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'UserManagement',
    operationType: 'Update',
    targets: [auditTarget(userOf(call))],
  });

/** The default second factor goes last. [GRAPH.md D13, medium] */
function remove(call: Call, kind: MethodKind): Answer {
  const person = userOf(call);
  const method = methodOf(call, kind);
  if (call.tenant.authentication.isNeededDefault(person, method)) {
    throw badRequest(
      'The default authentication method of the user cannot be deleted while other methods can be used in its place.',
    );
  }
  call.tenant.authentication.remove(person, method);
  record(call, 'Admin deleted security info');
  return noContent;
}

const passBody = z.object({
  lifetimeInMinutes: z.int().min(10).max(43_200).nullish(),
  isUsableOnce: z.boolean().nullish(),
  startDateTime: z.iso.datetime({ offset: true }).nullish(),
});

/** A new pass takes the place of one that is there. [learn.microsoft.com/graph/api/authentication-post-temporaryaccesspassmethods] */
function createPass(call: Call): Answer {
  const person = userOf(call);
  const parsed = passBody.safeParse(bodyOf(call));
  if (!parsed.success)
    throw invalidValue(parsed.error.issues[0]?.path.join('/') ?? 'body', 'TemporaryAccessPassAuthenticationMethod');
  const { lifetimeInMinutes, isUsableOnce, startDateTime } = parsed.data;
  if (person.get('userType') === 'Guest') throw badRequest('A Temporary Access Pass cannot be given to a guest.');
  const before = call.tenant.authentication.of(person).find(({ kind }) => kind === 'temporaryAccessPass');
  if (before !== undefined) call.tenant.authentication.remove(person, before);
  const nowMs = call.tenant.now();
  const { id } = call.tenant.nextRecord();
  const method: Method = {
    kind: 'temporaryAccessPass',
    id,
    values: {
      temporaryAccessPass: null,
      createdDateTime: directoryTime(nowMs),
      startDateTime: startDateTime ?? directoryTime(nowMs),
      lifetimeInMinutes: lifetimeInMinutes ?? 60,
      isUsableOnce: isUsableOnce ?? false,
    },
  };
  call.tenant.authentication.add(person, method);
  record(call, 'Admin registered temporary access pass method for user');
  // The only answer that shows it.
  const temporaryAccessPass = Buffer.from(call.tenant.nextRecord().id.slice(0, 8)).toString('base64').slice(0, 8);
  return {
    status: 201,
    body: {
      '@odata.context': context(call, methodCollections.temporaryAccessPass, true),
      ...shown(call, method),
      temporaryAccessPass,
    },
  };
}

const base = '/users/{user}/authentication';

function routesOf(kind: MethodKind): Routes {
  const collection = methodCollections[kind];
  const reads: Routes = {
    [`GET ${base}/${collection}`]: (call) => {
      const methods = methodsOf(call).filter((method) => method.kind === kind);
      return listed(
        call,
        collection,
        methods.map((method) => shown(call, method)),
      );
    },
    [`GET ${base}/${collection}/{method}`]: (call) => ({
      status: 200,
      body: { '@odata.context': context(call, collection, true), ...shown(call, methodOf(call, kind)) },
    }),
  };
  // A password cannot be taken away. [GRAPH.md D13]
  return kind === 'password'
    ? reads
    : { ...reads, [`DELETE ${base}/${collection}/{method}`]: (call) => remove(call, kind) };
}

export const authenticationMethodRoutes: Routes = {
  [`GET ${base}/methods`]: (call) =>
    listed(
      call,
      'methods',
      methodsOf(call).map((method) => withType(call, method)),
    ),
  [`GET ${base}/methods/{method}`]: (call) => ({
    status: 200,
    body: { '@odata.context': context(call, 'methods', true), ...withType(call, methodOf(call, undefined)) },
  }),
  ...routesOf('password'),
  ...routesOf('phone'),
  ...routesOf('email'),
  ...routesOf('fido2'),
  ...routesOf('microsoftAuthenticator'),
  ...routesOf('softwareOath'),
  ...routesOf('windowsHelloForBusiness'),
  ...routesOf('platformCredential'),
  ...routesOf('temporaryAccessPass'),
  [`POST ${base}/${methodCollections.temporaryAccessPass}`]: createPass,
};
