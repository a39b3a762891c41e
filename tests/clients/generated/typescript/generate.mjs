import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

// Without this a file would be a string.
const blob = ts.factory.createTypeReferenceNode("Blob");
const transform = (schema) => (schema.format === "binary" ? blob : undefined);

const types = await openapiTS(new URL("openapi.json", import.meta.url), { transform });
await writeFile("earshot.ts", astToString(types));
