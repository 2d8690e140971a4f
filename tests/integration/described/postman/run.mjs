// Makes a Postman collection of an OpenAPI document, sends its requests to a server, and reports each answer whose status is
// not in the document: node run.mjs ADDRESS TOKEN DOCUMENT IMAGE_ID FILE
import { readFileSync } from "node:fs";
import newman from "newman";
import converter from "openapi-to-postmanv2";

const [address, token, document, image, file] = process.argv.slice(2);

const collection = await new Promise((resolve, reject) => {
  const input = { type: "string", data: readFileSync(document, "utf8") };
  const options = { requestParametersResolution: "Example", enableOptionalParameters: false };
  converter.convert(input, options, (error, { result, reason, output }) => {
    if (error || !result) reject(error ?? new Error(reason));
    else resolve(output[0].data);
  });
});

// What a person would fill in: which image is meant, and one file in each form.
function complete({ item, request }) {
  for (const each of item ?? []) complete(each);
  for (const variable of request?.url.variable ?? []) {
    if (variable.key === "reference") variable.value = image;
  }
  const files = request?.body?.formdata?.filter((field) => field.type === "file") ?? [];
  for (const [place, field] of files.entries()) Object.assign(field, { src: file, disabled: place > 0 });
}
complete(collection);

const envVar = Object.entries({ baseUrl: address, bearerToken: token }).map(([key, value]) => ({ key, value }));
let isWrong = false;
await new Promise((resolve, reject) => {
  newman
    .run({ collection, envVar, timeoutRequest: 60_000 }, (error) => (error ? reject(error) : resolve()))
    .on("request", (error, { item, request, response }) => {
      const stated = item.responses.map((each) => each.code);
      const isStated = !error && stated.includes(response.code);
      isWrong ||= !isStated;
      const fault = isStated ? "" : ` WRONG: ${error?.message ?? `stated are ${stated}`}`;
      console.log(`${request.method} ${request.url.getPath()} ${response?.code}${fault}`);
    });
});
process.exit(isWrong ? 1 : 0);
