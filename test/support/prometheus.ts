export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy;

/**
 * Reads the Prometheus text format 0.0.4, and insists on its rules.
 *
 * @throws Error at a line that is none, a metric without HELP and TYPE, a series that comes twice.
 */
export function parsePrometheus(text: string): Sample[] {
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const series = new Set<string>();
  const samples: Sample[] = [];
  if (!text.endsWith('\n')) throw new Error('The last line has no end');
  for (const line of text.split('\n').filter(Boolean)) {
    const [, comment, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (comment === 'HELP') helped.add(name);
    else if (comment === 'TYPE') types.set(name, rest);
    else {
      const sample = parseSample(line);
      const metric = [sample.name, sample.name.replace(/_(bucket|sum|count)$/, '')].find((each) =>
        types.has(each),
      );
      if (metric === undefined || !helped.has(metric)) throw new Error(`No HELP or no TYPE: ${line}`);
      const id = line.slice(0, line.lastIndexOf(' '));
      if (series.has(id)) throw new Error(`Twice: ${line}`);
      series.add(id);
      samples.push(sample);
    }
  }
  return samples;
}

function parseSample(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`Not a sample: ${line}`);
  const [, name, labelText = '', number] = match;
  const labels: Record<string, string> = {};
  let end = 0;
  LABEL.lastIndex = 0;
  for (let label = LABEL.exec(labelText); label; label = LABEL.exec(labelText)) {
    labels[label[1]] = label[2];
    end = LABEL.lastIndex;
  }
  const value = Number(number.replace('Inf', 'Infinity'));
  if (end !== labelText.length || (Number.isNaN(value) && !/^nan$/i.test(number))) {
    throw new Error(`Not a sample: ${line}`);
  }
  return { name, labels, value };
}
