// W1 on the official SDK: see ../../README.md.

const readline = require('readline');
const AWSXRay = require('aws-xray-sdk-core');

const [batch, batches] = process.argv.slice(2).map(Number);
AWSXRay.enableManualMode();
AWSXRay.middleware.disableCentralizedSampling();

function one(i) {
  // A segment that is made by hand is sampled.
  const segment = new AWSXRay.Segment('api.example.com');
  segment.http = {
    request: {
      method: 'GET',
      url: 'https://api.example.com/orders/42',
      user_agent: 'measure/1.0',
      client_ip: '10.0.0.7',
    },
  };
  segment.addAnnotation('tenant', 'acme');
  segment.addAnnotation('order', i);
  const auth = segment.addNewSubsegment('auth');
  auth.addAnnotation('user', 'u-17');
  auth.addAnnotation('attempt', 1);
  auth.close();
  const db = segment.addNewSubsegment('db');
  db.addAnnotation('table', 'orders');
  db.addAnnotation('rows', i % 100);
  const query = db.addNewSubsegment('query');
  query.addAnnotation('statement', 'select');
  query.addAnnotation('millis', 3);
  query.close();
  db.close();
  segment.http.response = { status: 200, content_length: 1234 };
  segment.close();
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

// Microseconds of the process.
function used() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function measure(times) {
  let all = 0;
  for (let n = 0; n < times; n += 1) {
    const before = used();
    for (let i = 0; i < batch; i += 1) {
      one(i);
    }
    // What was handed to the socket goes out meanwhile.
    await pause(1);
    all += (used() - before) * 1000 / batch;
  }
  return all / times;
}

(async () => {
  await measure(100);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(line === 'round' ? `NaN ${await measure(batches)}` : 'NaN NaN NaN');
  }
})();
