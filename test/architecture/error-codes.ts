import { HttpException } from '@nestjs/common';
import { toProblem } from '../../src/http/problem/problem.js';
import { markdownTable } from './doc-block.js';
import type { Project } from './project.js';

/** A class that clients know by its code, as its source declares it; undefined where it does not. */
export interface ErrorClass {
  readonly file: string;
  readonly name: string;
  readonly code?: string;
  readonly status?: string;
  readonly title?: string;
  /** Its doc comment. */
  readonly meaning?: string;
}

const CLASS =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^export (?:default )?(abstract )?class (\w+) extends (\w+)[^{]*\{(\}|[\s\S]*?^\})/gm;

/** Every class that descends from DomainError, through whichever classes. */
export function errorClasses(project: Project): ErrorClass[] {
  const classes = project.files('src', '.ts').flatMap((file) =>
    [...project.read(file).matchAll(CLASS)].map(([, comment, abstract, name, parent, body]) => ({
      file,
      name,
      parent,
      isAbstract: abstract !== undefined,
      code: literal(body, 'code'),
      status: /^ {2}readonly status(?::[^=]+)? = (\d{3})\b/m.exec(body)?.[1],
      title: literal(body, 'title'),
      meaning: comment && textOf(comment),
    })),
  );
  const family = new Set(['DomainError']);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { name, parent } of classes) if (family.has(parent)) family.add(name);
  }
  return classes.filter(
    ({ name, parent, isAbstract }) => family.has(name) && family.has(parent) && !isAbstract,
  );
}

function literal(body: string, property: string): string | undefined {
  const match = new RegExp(`^ {2}(?:override )?readonly ${property}(?::[^=]+)? = (['"])(.*)\\1`, 'm').exec(
    body,
  );
  return match?.[2].replaceAll("\\'", "'");
}

function textOf(comment: string): string {
  return comment
    .replace(/^\s*\*/gm, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/@\w[\s\S]*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Where an error class leaves clients without something stable to go by, a sentence each. */
export function errorFaults(classes: readonly ErrorClass[]): string[] {
  return classes.flatMap(({ file, name, code, status, title, meaning }) => {
    const owner = classes.find((other) => other.code === code);
    const faults = [
      code === undefined && 'has no literal code',
      code !== undefined &&
        !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code) &&
        `has the code ${code}, not UPPER_SNAKE`,
      code !== undefined && owner?.name !== name && `shares the code ${code} with ${owner?.name}`,
      status === undefined && 'has no literal status',
      title === undefined && 'has no literal title',
      meaning === undefined && 'has no doc comment for the list of codes',
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `${name} in ${file} ${fault}`);
  });
}

const HEAD = ['Code', 'Status', 'Title', 'Meaning'];

/** The table of what the features refuse. */
export function errorTable(classes: readonly ErrorClass[]): string {
  const rows = classes.map(({ code = '', status = '', title = '', meaning = '' }) => [
    `\`${code}\``,
    status,
    title,
    meaning,
  ]);
  return markdownTable(
    HEAD,
    rows.sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The table of what the server refuses before, or without, a feature. */
export function serverErrorTable(classes: readonly ErrorClass[]): string {
  const own = new Set(classes.map(({ code }) => code));
  const rows = new Map<string, string[]>();
  // Statuses without a code of their own share those of 400 and 503, so these two come first.
  for (const status of [400, 503, ...Array.from({ length: 200 }, (_, index) => 400 + index)]) {
    const { code, title } = toProblem(new HttpException('', status), '');
    if (!own.has(code) && !rows.has(code)) rows.set(code, [`\`${code}\``, String(status), title]);
  }
  return markdownTable(
    HEAD.slice(0, 3),
    [...rows.values()].sort(([, a], [, b]) => Number(a) - Number(b)),
  );
}
