import process from 'node:process';
import type { JsonSchemaType, JsonSchemaValidator, jsonSchemaValidator } from '@modelcontextprotocol/server';

/**
 * Stands in for the SDK's own JSON Schema validator, which is half of its bundle. This server never needs one: tool
 * input is checked by the tool's zod schema, and answers to forms by their one field. The bundler puts this module in the
 * place of `@modelcontextprotocol/server/_shims`.
 */
export class DefaultJsonSchemaValidator implements jsonSchemaValidator {
  getValidator<T>(_schema: JsonSchemaType): JsonSchemaValidator<T> {
    return () => ({ valid: false, data: undefined, errorMessage: 'JSON Schema is not checked here' });
  }
}

/** @public The SDK takes it from the module that this one stands in for. */
export { process };
