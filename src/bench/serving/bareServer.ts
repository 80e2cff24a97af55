// The smallest Node server that parses JSON and answers JSON of the size of a prediction: what no server on Node's HTTP
// can be much faster than. A process of its own: bareServer.js PORT ANSWER.
import { createServer } from 'node:http';

function main([port, answer = '']: readonly string[]): void {
  const prediction: unknown = JSON.parse(answer);
  createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      const isHeadline = request.method === 'GET' || typeof JSON.parse(body).input === 'string';
      response.setHeader('content-type', 'application/json');
      response.statusCode = isHeadline ? 200 : 400;
      response.end(JSON.stringify(prediction));
    });
  }).listen(Number(port), '127.0.0.1');
}

main(process.argv.slice(2));
