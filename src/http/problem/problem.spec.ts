import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
} from '@nestjs/common';
import { DomainError, ValidationFailedError } from '../../errors/index.js';
import { toProblem } from './problem.js';

class TeapotError extends DomainError {
  readonly code = 'TEAPOT';
  readonly status = 418;
  readonly title = 'I am a teapot';
  override readonly extensions = { brews: ['tea'] };
}

const INTERNAL = {
  type: 'urn:holdfast:problem:internal',
  title: 'Something failed inside',
  status: 500,
  detail: 'The request failed. The log has the reason, under the request id.',
  instance: '/x',
  code: 'INTERNAL',
};

describe('a problem document', () => {
  it('tells a domain error, with its extensions', () => {
    expect(toProblem(new TeapotError('No coffee here.'), '/x')).toEqual({
      type: 'urn:holdfast:problem:teapot',
      title: 'I am a teapot',
      status: 418,
      detail: 'No coffee here.',
      instance: '/x',
      code: 'TEAPOT',
      brews: ['tea'],
    });
  });

  it('lists what is not valid', () => {
    const faults = [
      { path: 'a', message: 'must be a' },
      { path: 'b.0', message: 'must be b' },
    ];
    expect(toProblem(new ValidationFailedError(faults), '/x')).toMatchObject({
      type: 'urn:holdfast:problem:validation-failed',
      status: 400,
      detail: 'a: must be a; b.0: must be b',
      errors: faults,
    });
  });

  it.each([
    [new BadRequestException('no'), 400, 'BAD_REQUEST'],
    [new ForbiddenException('no'), 403, 'FORBIDDEN'],
    [new HttpException('no', 418), 418, 'BAD_REQUEST'],
    [new HttpException('no', 502), 502, 'UNAVAILABLE'],
    [Object.assign(new Error('no'), { statusCode: 413 }), 413, 'BODY_TOO_LARGE'],
    [Object.assign(new Error('no'), { statusCode: 431 }), 431, 'HEADERS_TOO_LARGE'],
    [Object.assign(new Error('no'), { code: 'ERR_INVALID_CHAR' }), 400, 'BAD_REQUEST'],
  ])('gives what Nest and Fastify refuse a code by its status: %s', (error, status, code) => {
    expect(toProblem(error, '/x')).toMatchObject({
      status,
      code,
      detail: 'no',
      title: expect.stringMatching(/./),
    });
  });

  it.each([
    ['an error', new Error('the password is hunter2')],
    ['Nest’s own 500', new InternalServerErrorException('the password is hunter2')],
    ['a status of a server further back', Object.assign(new Error('hunter2'), { statusCode: 503 })],
    ['a status that is none', Object.assign(new Error('hunter2'), { statusCode: 200 })],
    ['a status that is no number', Object.assign(new Error('hunter2'), { statusCode: '404' })],
    ['what is no error', 'hunter2'],
    ['nothing', undefined],
  ])('says nothing of %s', (_name, error) => {
    expect(toProblem(error, '/x')).toEqual(INTERNAL);
  });
});
