// Servers in which nothing moves after a client's byte: for ever, or for a while. MODE as in still_subject.c.
const [host, port, mode] = process.argv.slice(2);
require('net').createServer(conn => {
  let seen = 0;
  conn.on('error', () => {});
  if (mode === 'pause') conn.pause();
  else conn.on('data', bytes => {
    seen += bytes.length;
    if (mode === 'recv' && seen < 2) return;
    setTimeout(() => conn.write('y'), 1500);
  });
}).listen(Number(port), host);
