// A service on Express and http, traced by the official SDK: see ../README.md.

const http = require('http');
const AWSXRay = require('aws-xray-sdk-core');
const xrayExpress = require('aws-xray-sdk-express');
const express = require('express');

if (process.env.XRAY_INTEROP_SAMPLING) {
  AWSXRay.middleware.disableCentralizedSampling();
  AWSXRay.middleware.setSamplingRules(process.env.XRAY_INTEROP_SAMPLING);
}
AWSXRay.captureHTTPsGlobal(http);

const HEADER = 'x-amzn-trace-id';

// Calls back with what was answered.
function call(url, then) {
  http.get(url, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (data) => { text += data; });
    answer.on('end', () => then({
      answer: answer.headers[HEADER] ?? null,
      body: JSON.parse(text),
    }));
  });
}

const app = express();
app.use(xrayExpress.openSegment('node'));
app.get('*', (request, response) => {
  const [, , mark, port, decision, ...beyond] = request.path.split('/');
  const answer = (called) => response.json({
    header: request.headers[HEADER] ?? null,
    traceparent: request.headers.traceparent ?? null,
    called,
  });
  if (port === undefined) {
    answer(null);
  } else {
    call(`http://127.0.0.1:${port}/${[decision, mark, ...beyond].join('/')}`, answer);
  }
});
app.use(xrayExpress.closeSegment());

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
