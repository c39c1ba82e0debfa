/** Reads the names of the commands out of the bytes that a Redis client sends. */
export class RespCommandReader {
  #rest = Buffer.alloc(0);

  /**
   * @param {Buffer} chunk
   * @returns {string[]} the commands that end in this chunk, in lower case
   */
  read(chunk) {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const names = [];
    for (;;) {
      const command = readCommand(this.#rest);
      if (!command) return names;
      names.push(command.name);
      this.#rest = this.#rest.subarray(command.end);
    }
  }
}

/** The command at the start of the buffer (`*<count> ($<length> <bytes>)...`), or undefined while it is incomplete. */
function readCommand(buffer) {
  const head = readLine(buffer, 0);
  if (!head) return undefined;
  if (!head.text.startsWith('*')) return { name: head.text.split(' ')[0].toLowerCase(), end: head.end };
  let at = head.end;
  let name = '';
  for (let part = 0; part < Number(head.text.slice(1)); part += 1) {
    const length = readLine(buffer, at);
    if (!length) return undefined;
    const end = length.end + Number(length.text.slice(1));
    if (buffer.length < end + 2) return undefined;
    if (part === 0) name = buffer.toString('latin1', length.end, end).toLowerCase();
    at = end + 2;
  }
  return { name, end: at };
}

function readLine(buffer, from) {
  const end = buffer.indexOf('\r\n', from);
  return end < 0 ? undefined : { text: buffer.toString('latin1', from, end), end: end + 2 };
}
