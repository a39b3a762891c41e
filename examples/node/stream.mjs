// Prints the text of an audio file while it is still being heard: `node stream.mjs talk.mp3`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const events = await new OpenAI().audio.transcriptions.create({
  model: "whisper-1",
  file: createReadStream(process.argv[2]),
  stream: true,
});
for await (const event of events) {
  if (event.type === "transcript.text.delta") process.stdout.write(event.delta);
}
console.log();
