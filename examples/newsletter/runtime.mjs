// Runs a Lambda function of Node.js outside of Lambda: a loop over the Lambda Runtime API. It needs no package.
//
//     node runtime.mjs <file>.<function>
//
// The file is in the current folder and ends in .mjs, .cjs or .js, as on Lambda. Copy this file beside your spec, and
// name it as the `local.command` of a function: `[node, ../runtime.mjs, mail.handler]` with `directory: mail`.
// The protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

const ENDINGS = [".mjs", ".cjs", ".js"];
const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const agent = new http.Agent({ keepAlive: true });

// `fetch` gives up after five minutes; the next event may take longer.
function call(method, name, body) {
  return new Promise((resolve, reject) => {
    const at = { host, port, agent, method, path: `/2018-06-01/runtime/${name}` };
    const request = http.request(at, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, text: Buffer.concat(parts).toString("utf8") }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function inWords(error) {
  const known = error instanceof Error;
  return JSON.stringify({
    errorType: known ? error.name : "Error",
    errorMessage: known ? error.message : String(error),
    trace: known && error.stack ? error.stack.split("\n") : [],
  });
}

async function load(name) {
  const base = path.basename(name ?? "");
  const dot = base.indexOf(".");
  if (dot < 1 || dot === base.length - 1) {
    throw new Error(`"${name ?? ""}" does not name a file and a function in it, such as mail.handler`);
  }
  const stem = path.resolve(path.dirname(name), base.slice(0, dot));
  const ending = ENDINGS.find((ending) => existsSync(stem + ending));
  if (!ending) {
    throw new Error(`there is no ${stem}.mjs, .cjs or .js`);
  }
  const module = await import(pathToFileURL(stem + ending).href);
  const wanted = base.slice(dot + 1);
  const handler = module[wanted] ?? module.default?.[wanted];
  if (typeof handler !== "function") {
    throw new Error(`${stem}${ending} exports no function ${wanted}`);
  }
  return handler;
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// A handler with three parameters answers by a callback.
function run(handler, event, context) {
  if (handler.length < 3) {
    return handler(event, context);
  }
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(error) : resolve(result));
    Promise.resolve(handler(event, context, done)).catch(reject);
  });
}

let handler;
try {
  if (!host || !port) {
    throw new Error("AWS_LAMBDA_RUNTIME_API is not set: `codegen run` and `codegen dev` set it");
  }
  handler = await load(process.argv[2]);
} catch (error) {
  console.error(error);
  if (host && port) {
    await call("POST", "init/error", inWords(error));
  }
  process.exit(1);
}

for (;;) {
  const { headers, text } = await call("GET", "invocation/next");
  const context = contextOf(headers);
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const invocation = `invocation/${context.awsRequestId}`;
  let name = "response";
  let answer;
  try {
    answer = JSON.stringify((await run(handler, JSON.parse(text), context)) ?? null);
  } catch (error) {
    console.error(error);
    name = "error";
    answer = inWords(error);
  }
  await call("POST", `${invocation}/${name}`, answer);
}
