// Preloaded into a process (`--import`): the private DNS of an environment that the local cloud stands in for.
// The gate's internal name and port lead to where it really listens, and what would listen to the world
// listens on loopback.
import { readFileSync } from 'node:fs';
import { Server, Socket } from 'node:net';

const { GATE_HOST: gateHost, GATE_PORT_FILE: portFile } = process.env;

/** @param {unknown[]} given arguments of connect or listen, as callers or Node itself pass them */
const optionsOf = ([first]) => (Array.isArray(first) ? first[0] : first);

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...given) {
  const options = optionsOf(given);
  if (typeof options === 'object' && options !== null && (options.host ?? options.hostname) === gateHost) {
    options.host = '127.0.0.1';
    options.hostname = '127.0.0.1';
    options.port = Number(readFileSync(portFile, 'utf8'));
  }
  return connect.apply(this, given);
};

const listen = Server.prototype.listen;
Server.prototype.listen = function (...given) {
  const options = optionsOf(given);
  if (typeof options === 'object' && options !== null && options.host === '0.0.0.0')
    options.host = '127.0.0.1';
  return listen.apply(this, given);
};
