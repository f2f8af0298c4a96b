// Loads an exported folder with transformers.js and generates from recorded inputs; prints what it got as JSON.
//   node transformers.mjs FOLDER INPUTS.json
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import {
  AutoModelForImageTextToText, AutoModelForVision2Seq, AutoProcessor, Tensor, env,
} from "@huggingface/transformers";

const [folder, file] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file, "utf8"));
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);

const tensor = ({ type, values, shape }) => new Tensor(type,
  type === "int64" ? BigInt64Array.from(values, BigInt)
    : type === "bool" ? Uint8Array.from(values) : Float32Array.from(values), shape);
const inputs = Object.fromEntries(Object.entries(given.inputs).map(([name, value]) => [name, tensor(value)]));

const processor = await AutoProcessor.from_pretrained(basename(folder));
const chat = processor.apply_chat_template(given.messages, { add_generation_prompt: true, tokenize: false });
const { input_ids } = processor.tokenizer(given.text, { add_special_tokens: false });
const family = given.vision2seq ? AutoModelForVision2Seq : AutoModelForImageTextToText;
const model = await family.from_pretrained(basename(folder));
const generated = await model.generate({
  ...inputs, max_new_tokens: given.count, do_sample: false, repetition_penalty: 1.0,
});
const numbers = (values) => Array.from(values.data, Number);
console.log(JSON.stringify({
  chat, text: numbers(input_ids), ids: numbers(generated).slice(given.inputs.input_ids.values.length),
}));
