import { openAsBlob } from "node:fs";
import { connect } from "./client.js";

const [file = "", server = ""] = process.argv.slice(2);
const { data, error } = await connect(server).POST("/v1/audio/transcriptions", {
  body: {
    file: await openAsBlob(file),
    model: "whisper-1",
    response_format: "verbose_json",
    "timestamp_granularities[]": ["word"],
  },
});
if (error) throw new Error(error.error.message);
if ("words" in data) {
  for (const word of data.words ?? []) console.log(word.start.toFixed(2).padStart(7), word.word);
}
