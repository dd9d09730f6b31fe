// Plays Lambda's runtime for Node: takes events one by one and hands them to the handler of the module that its
// argument names. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import http from "node:http";

const api = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/`);
const agent = new http.Agent({ keepAlive: true });

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, api), { agent, method }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const { handler } = await import(process.argv[2]);
for (;;) {
  const next = await ask("GET", "next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  try {
    const answer = await handler(JSON.parse(next.body));
    await ask("POST", `${id}/response`, JSON.stringify(answer));
  } catch (error) {
    const told = { errorType: error.name, errorMessage: error.message, stackTrace: error.stack.split("\n") };
    await ask("POST", `${id}/error`, JSON.stringify(told));
  }
}
