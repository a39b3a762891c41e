import createClient from "openapi-fetch";
import type { paths } from "./earshot.js";

export function connect(server: string, key = "none") {
  return createClient<paths, "application/json">({
    baseUrl: server,
    headers: { authorization: `Bearer ${key}` },
    bodySerializer: asForm,
  });
}

function asForm(fields: object = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) form.append(name, one instanceof Blob ? one : String(one));
  }
  return form;
}
